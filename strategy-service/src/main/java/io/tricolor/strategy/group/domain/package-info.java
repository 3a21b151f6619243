/**
 * The core: three pure functions over the stream of a cluster group. {@link Decider} turns a command into events or a
 * rejection, {@link Evolver} turns an event into the next state, {@link NextActions} turns a state and what is observed
 * into what is to be done now. No clock, no random, no I/O.
 */
@NullMarked
package io.tricolor.strategy.group.domain;

import org.jspecify.annotations.NullMarked;
