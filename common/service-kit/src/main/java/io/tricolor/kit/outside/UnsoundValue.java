package io.tricolor.kit.outside;

import io.tricolor.contracts.Text;
import java.util.ArrayDeque;
import java.util.Deque;
import tools.jackson.core.JsonParser;
import tools.jackson.core.TokenStreamContext;
import tools.jackson.core.exc.StreamReadException;

/** A value in a body that no store could keep. Its message names the member, as in {@code entries[0].host}. */
public final class UnsoundValue extends StreamReadException {

    private static final long serialVersionUID = 1L;

    private static final int LONGEST_NAME = 64;

    UnsoundValue(JsonParser parser, String flaw) {
        super(parser, member(parser.streamReadContext()) + " " + flaw);
    }

    private static String member(TokenStreamContext at) {
        Deque<String> path = new ArrayDeque<>();
        for (TokenStreamContext step = at; step != null && !step.inRoot(); step = step.getParent()) {
            if (step.inArray()) {
                path.addFirst("[" + step.getCurrentIndex() + "]");
            } else if (step.currentName() != null) {
                String name = Text.shown(step.currentName(), LONGEST_NAME);
                path.addFirst(step.getParent() == null || step.getParent().inRoot() ? name : "." + name);
            }
        }
        return path.isEmpty() ? "the body" : String.join("", path);
    }
}
