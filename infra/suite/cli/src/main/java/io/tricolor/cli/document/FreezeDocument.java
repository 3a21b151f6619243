package io.tricolor.cli.document;

import io.tricolor.cli.http.Api;
import io.tricolor.cli.text.YamlText;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** The times in which no upgrade begins or goes forward: all of them, since there is one calendar. */
public final class FreezeDocument implements Declared {

    /** Its kind. */
    public static final String KIND = "FreezeCalendar";

    private static final JsonNode SCHEMA = SchemaCheck.schema("freeze-calendar");

    private final ObjectNode root;

    private FreezeDocument(ObjectNode root) {
        this.root = root;
    }

    /** Of the calendar as strategy-service shows it; windows that are over are not in it. */
    public static FreezeDocument of(JsonNode list, boolean withVersion) {
        if (!list.path("windows").isArray()) {
            throw Api.incomplete("windows");
        }
        ObjectNode root = Declared.begun(KIND);
        long version = list.path("version").asLong(0);
        if (withVersion && version >= 0) {
            root.put("version", version);
        }
        ObjectNode windows = root.putObject("windows");
        for (JsonNode view : list.path("windows")) {
            if (!view.path("over").asBoolean(false)) {
                JsonNode window = view.path("window");
                windows.set(window.path("name").asString(""), shown(window));
            }
        }
        return new FreezeDocument(root);
    }

    private static ObjectNode shown(JsonNode window) {
        ObjectNode shown = JsonNodeFactory.instance.objectNode();
        put(shown, "group", window.path("groupId"));
        for (String member : List.of("environment", "from", "until")) {
            put(shown, member, window.path(member));
        }
        if (!window.path("weekly").isEmpty()) {
            ArrayNode weekly = shown.putArray("weekly");
            window.path("weekly").forEach(time -> {
                ObjectNode one = weekly.addObject();
                for (String member : List.of("days", "from", "to", "zone")) {
                    put(one, member, time.path(member));
                }
            });
        }
        put(shown, "reason", window.path("reason"));
        return shown;
    }

    private static void put(ObjectNode shown, String member, JsonNode value) {
        if (!value.isMissingNode() && !value.isNull()) {
            shown.set(member, value);
        }
    }

    /** Of what a person has written; refuses what cannot be one, with line and column. */
    static FreezeDocument read(YamlText.Document document) {
        SchemaCheck check = SchemaCheck.of(document, SCHEMA);
        document.root().path("windows").properties().forEach(named -> {
            JsonNode window = named.getValue();
            String path = "windows." + named.getKey();
            if (window.has("until") == window.has("weekly")) {
                check.object(path, "comes once, by `until`, or every week, by `weekly`");
            } else if (window.has("weekly") && window.has("from")) {
                check.object(path + ".from", "is of a window that comes once");
            }
            for (String member : List.of("from", "until")) {
                if (window.path(member).isString() && instant(window.path(member)) == null) {
                    check.object(path + "." + member, "is no instant such as 2027-01-04T06:00:00Z");
                }
            }
        });
        check.done("`tricolor schema --kind freeze` prints how one looks");
        return new FreezeDocument((ObjectNode) document.root());
    }

    private static @Nullable Instant instant(JsonNode text) {
        try {
            return OffsetDateTime.parse(text.asString("")).toInstant();
        } catch (DateTimeException e) {
            return null;
        }
    }

    @Override
    public String kind() {
        return KIND;
    }

    @Override
    public String name() {
        return "freezes";
    }

    @Override
    public String title() {
        return "Freeze calendar";
    }

    @Override
    public @Nullable Long version() {
        return Declared.stated(root.path("version"));
    }

    @Override
    public JsonNode toJson() {
        return root;
    }

    /** Names of its windows. */
    public Set<String> names() {
        return new TreeSet<>(root.path("windows").propertyNames());
    }

    /** What strategy-service takes for a window. */
    public ObjectNode body(String name) {
        ObjectNode body = JsonNodeFactory.instance.objectNode().put("name", name);
        window(name)
                .properties()
                .forEach(member ->
                        body.set(member.getKey().equals("group") ? "groupId" : member.getKey(), member.getValue()));
        return body;
    }

    private JsonNode window(String name) {
        return root.path("windows").path(name);
    }

    /** Windows that one has and the other has not, or has otherwise. What is over cannot be set any more. */
    public List<Change> changesFrom(FreezeDocument present, Instant now) {
        List<Change> changes = new ArrayList<>();
        Set<String> all = present.names();
        all.addAll(names());
        for (String name : all) {
            JsonNode before = present.window(name);
            JsonNode after = window(name);
            Instant until = instant(after.path("until"));
            boolean isOver = until != null && !now.isBefore(until);
            if (!isOver && !compared(before, before).equals(compared(after, before))) {
                changes.add(new Change("windows." + name, before, after));
            }
        }
        return changes;
    }

    /** In one form: instants in UTC, and a beginning that is left out is the one that there is. */
    private static JsonNode compared(JsonNode window, JsonNode present) {
        if (!window.isObject()) {
            return window;
        }
        ObjectNode same = ((ObjectNode) window).deepCopy();
        if (same.has("until") && !same.has("from") && present.has("from")) {
            same.set("from", present.path("from"));
        }
        for (String member : List.of("from", "until")) {
            Instant instant = instant(same.path(member));
            if (instant != null) {
                same.put(member, instant.toString());
            }
        }
        same.path("weekly").forEach(time -> {
            Set<String> days = new TreeSet<>();
            time.path("days").forEach(day -> days.add(day.asString("")));
            ArrayNode sorted = ((ObjectNode) time).putArray("days");
            days.forEach(sorted::add);
        });
        return same;
    }
}
