package io.tricolor.kit.sample;

import io.tricolor.contracts.EventType;
import java.util.List;

/** An event of the sample's own. Revision 1 had one {@code color}, as a text; revision 2 had it as {@code colour}. */
@EventType(value = "sample.toy-painted", revision = 3)
public record ToyPainted(String toy, List<String> colours) {}
