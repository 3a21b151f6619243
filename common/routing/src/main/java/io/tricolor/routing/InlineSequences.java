package io.tricolor.routing;

import static io.tricolor.contracts.Rejection.Code.INVALID_ARGUMENT;
import static io.tricolor.contracts.Rejection.Code.INVALID_ID;
import static io.tricolor.contracts.Rejection.Code.INVALID_INTERVAL;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection;
import io.tricolor.contracts.Text;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.parser.Parser;
import org.snakeyaml.engine.v2.parser.ParserImpl;
import org.snakeyaml.engine.v2.scanner.StreamReader;

/**
 * Events of a document without its ids and intervals, of which there may be a million: those are taken out as they come
 * by, and no node of a tree is made of them. What is left is bounded in number and in depth.
 */
final class InlineSequences implements Parser {

    /** Most events beside ids and intervals: four times what 64 clusters with 16 lists each are written with. */
    private static final int MAX_EVENTS = 50_000;

    private static final int MAX_DEPTH = 20;
    private static final int DEPTH_OF_RULES = 4;
    private static final List<String> INTERVALS = List.of("interval", "internal", "intervals");
    private static final Pattern INTEGER = Pattern.compile("[-+]?[0-9]+");
    private static final int LONGEST_SHOWN = 40;

    private final LoadSettings settings;
    private final DocumentReader text;
    private final Parser events;
    private final Deque<Frame> frames = new ArrayDeque<>();
    private final InlineCount inline = new InlineCount();
    private final Map<Integer, InlineIds> ids = new HashMap<>();
    private final Map<Integer, InlineIntervals> intervals = new HashMap<>();

    /** The end of a list that was taken out, which is still to be given. */
    private @Nullable Event end;

    private int count;

    InlineSequences(LoadSettings settings, DocumentReader text) {
        this.settings = settings;
        this.text = text;
        this.events = new ParserImpl(settings, new StreamReader(settings, text));
    }

    /** A list or a map that is not over. */
    private static final class Frame {

        private final boolean isMap;
        private boolean awaitsKey;
        private @Nullable String key;

        Frame(boolean isMap) {
            this.isMap = isMap;
            this.awaitsKey = isMap;
        }

        /** Something in it is over; {@code scalar} null when it was no scalar. */
        void add(@Nullable String scalar) {
            if (!isMap) {
                return;
            }
            if (awaitsKey) {
                key = scalar;
            }
            awaitsKey = !awaitsKey;
        }
    }

    /** The ids that were named in a list of the tree. */
    InlineIds idsOf(@Nullable Node list) {
        InlineIds found = list == null ? null : ids.get(place(list.getStartMark()));
        return found == null ? new InlineIds(inline) : found;
    }

    /** The intervals that were named in a list of the tree. */
    InlineIntervals intervalsOf(@Nullable Node list) {
        InlineIntervals found = list == null ? null : intervals.get(place(list.getStartMark()));
        return found == null ? new InlineIntervals(inline) : found;
    }

    private static int place(Optional<Mark> mark) {
        return mark.orElseThrow().getIndex();
    }

    @Override
    public boolean checkEvent(Event.ID choice) {
        return end == null ? events.checkEvent(choice) : end.getEventId() == choice;
    }

    @Override
    public Event peekEvent() {
        return end == null ? events.peekEvent() : end;
    }

    @Override
    public boolean hasNext() {
        return end != null || events.hasNext();
    }

    @Override
    public Event next() {
        Event event = end;
        if (event != null) {
            end = null;
            return event;
        }
        event = take();
        if (++count > MAX_EVENTS) {
            throw refuse(INVALID_ARGUMENT, event.getStartMark(), path(), "the document is no route strategy: too long");
        }
        switch (event.getEventId()) {
            case Scalar -> add(((ScalarEvent) event).getValue());
            case Alias -> add(null);
            case MappingStart -> push(new Frame(true), event);
            case SequenceStart -> begin(event);
            case MappingEnd, SequenceEnd -> {
                frames.removeLast();
                add(null);
            }
            default -> {}
        }
        return event;
    }

    private Event take() {
        Event event = events.next();
        text.valueEnded();
        return event;
    }

    private void add(@Nullable String scalar) {
        Frame inside = frames.peekLast();
        if (inside != null) {
            inside.add(scalar);
        }
    }

    private void push(Frame frame, Event event) {
        if (frames.size() == MAX_DEPTH) {
            throw refuse(INVALID_ARGUMENT, event.getStartMark(), path(), "the document is no route strategy: too deep");
        }
        frames.addLast(frame);
    }

    private void begin(Event event) {
        Frame inside = frames.peekLast();
        String key = inside == null || !inside.isMap || inside.awaitsKey ? null : inside.key;
        if (frames.size() == DEPTH_OF_RULES && "ids".equals(key)) {
            ids.put(place(event.getStartMark()), readIds(path()));
            add(null);
        } else if (frames.size() == DEPTH_OF_RULES && key != null && INTERVALS.contains(key)) {
            intervals.put(place(event.getStartMark()), readIntervals(path()));
            add(null);
        } else {
            push(new Frame(false), event);
        }
    }

    private String path() {
        return frames.stream().map(frame -> String.valueOf(frame.key)).collect(Collectors.joining("."));
    }

    private InlineIds readIds(String path) {
        InlineIds read = new InlineIds(inline);
        Event event = take();
        for (; event.getEventId() != Event.ID.SequenceEnd; event = take()) {
            if (!(event instanceof ScalarEvent scalar)) {
                throw refuse(INVALID_ARGUMENT, event.getStartMark(), at(path, read.size()), "is a single value");
            }
            String wrong = whatIsWrong(scalar);
            if (wrong != null) {
                throw refuse(INVALID_ID, event.getStartMark(), at(path, read.size()), wrong);
            }
            try {
                read.add(scalar.getValue());
            } catch (IllegalArgumentException e) {
                throw refuse(INVALID_ARGUMENT, event.getStartMark(), path, e.getMessage());
            }
        }
        end = event;
        return read;
    }

    private @Nullable String whatIsWrong(ScalarEvent id) {
        String text = id.getValue();
        if (RequestId.isCanonicalInt64(text)) {
            return null;
        }
        if (id.getScalarStyle() == ScalarStyle.PLAIN) {
            if (INTEGER.matcher(text).matches()) {
                return shown(text) + " is no int64 in plain decimal form; an id that is a text stands in quotes";
            }
            String tag = id.getTag().orElse(null);
            Tag resolved = tag == null || tag.equals("!")
                    ? settings.getSchema()
                            .getScalarResolver()
                            .resolve(text, id.getImplicit().canOmitTagInPlainScalar())
                    : new Tag(tag);
            if (!resolved.equals(Tag.STR)) {
                return "'" + shown(text) + "' is no integer; an id that is a text stands in quotes";
            }
        }
        String flaw = Text.flaw(text);
        if (flaw != null) {
            return "an id " + flaw;
        }
        RequestId read = RequestId.of(text);
        return read == null || !read.text().equals(text)
                ? "an id is not blank, has no blanks around it and at most " + RequestId.MAX_BYTES + " bytes"
                : null;
    }

    private InlineIntervals readIntervals(String path) {
        InlineIntervals read = new InlineIntervals(inline);
        int index = 0;
        Event event = take();
        for (; event.getEventId() != Event.ID.SequenceEnd; event = take()) {
            String place = at(path, index++);
            Optional<Mark> mark = event.getStartMark();
            if (event.getEventId() != Event.ID.SequenceStart) {
                throw noPair(mark, place);
            }
            long from = readEnd(mark, place, 0);
            long to = readEnd(mark, place, 1);
            if (take().getEventId() != Event.ID.SequenceEnd) {
                throw noPair(mark, place);
            }
            if (to < from) {
                throw refuse(INVALID_INTERVAL, mark, place, "interval [" + from + ", " + to + "] is reversed");
            }
            try {
                read.add(from, to);
            } catch (IllegalArgumentException e) {
                throw refuse(INVALID_ARGUMENT, mark, path, e.getMessage());
            }
        }
        end = event;
        return read;
    }

    private long readEnd(Optional<Mark> pair, String place, int which) {
        Event event = take();
        if (!(event instanceof ScalarEvent scalar)) {
            throw noPair(pair, place);
        }
        String text = scalar.getValue();
        if (!RequestId.isCanonicalInt64(text)) {
            throw refuse(
                    INVALID_INTERVAL,
                    event.getStartMark(),
                    at(place, which),
                    "'" + shown(text) + "' is no int64 in plain decimal form");
        }
        return Long.parseLong(text);
    }

    private static Rejected noPair(Optional<Mark> mark, String place) {
        return refuse(INVALID_INTERVAL, mark, place, "an interval is a pair, for example [1, 100]");
    }

    private static String at(String path, int index) {
        return path + "[" + index + "]";
    }

    private static String shown(String text) {
        return text.length() <= LONGEST_SHOWN ? text : text.substring(0, LONGEST_SHOWN) + "…";
    }

    /** A refusal that names the place. */
    static Rejected refuse(Rejection.Code code, Optional<Mark> mark, String path, @Nullable String message) {
        String line = mark.map(m -> "line " + (m.getLine() + 1) + ", column " + (m.getColumn() + 1))
                .orElse("somewhere");
        return new Rejected(code, line + (path.isEmpty() ? "" : " (" + path + ")") + ": " + message);
    }
}
