package io.tricolor.strategy.group.domain;

import io.tricolor.contracts.group.Gate;
import io.tricolor.contracts.group.Stage;

/** A gate that somebody else judges, and the stage that it is of. */
record JudgedGate(Stage stage, Gate gate) {}
