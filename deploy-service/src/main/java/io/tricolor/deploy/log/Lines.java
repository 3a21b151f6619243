package io.tricolor.deploy.log;

import io.tricolor.deploy.orchestrator.InstanceLogs.Part;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.springframework.http.codec.ServerSentEvent;

/** Puts the lines of a log together. One that is too long becomes several. */
final class Lines {

    private static final int LONGEST = 16 << 10;

    private final ByteArrayOutputStream begun = new ByteArrayOutputStream();
    private long position;

    Lines(long position) {
        this.position = position;
    }

    /** The lines that end in this part; all of them, and the event {@code end}, when nothing comes behind it. */
    List<ServerSentEvent<String>> take(Part part) {
        List<ServerSentEvent<String>> events = new ArrayList<>();
        if (part.from() != position) {
            begun.reset(); // something in between is no longer kept
            position = part.from();
        }
        for (byte next : part.content()) {
            position++;
            if (next == '\n') {
                events.add(line());
            } else {
                // Never between the bytes of one character.
                if (begun.size() >= LONGEST && (next & 0xc0) != 0x80) {
                    position--;
                    events.add(line());
                    position++;
                }
                begun.write(next);
            }
        }
        if (part.ended()) {
            if (begun.size() > 0) {
                events.add(line());
            }
            events.add(ServerSentEvent.<String>builder()
                    .event("end")
                    .id(Long.toString(position))
                    .data("")
                    .build());
        }
        return events;
    }

    private ServerSentEvent<String> line() {
        String text = begun.toString(StandardCharsets.UTF_8);
        begun.reset();
        String ended = text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
        return ServerSentEvent.builder(ended.replace('\r', ' '))
                .id(Long.toString(position))
                .build();
    }
}
