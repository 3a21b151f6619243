package io.tricolor.cli.command;

import io.tricolor.cli.CliFailed;
import io.tricolor.cli.ExitCode;
import io.tricolor.cli.http.Answer;
import io.tricolor.cli.http.Paths;
import io.tricolor.cli.http.Service;
import io.tricolor.cli.text.Table;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

@Command(
        name = "config",
        mixinStandardHelpOptions = true,
        header = "Configuration of applications, as revisions of APPLICATION/PROFILE/LABEL.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            ConfigCommands.ListNamespaces.class,
            ConfigCommands.Get.class,
            ConfigCommands.SetValues.class,
            ConfigCommands.Publish.class,
            ConfigCommands.History.class,
            ConfigCommands.Diff.class,
            ConfigCommands.Compare.class,
            ConfigCommands.Search.class,
            ConfigCommands.Who.class,
            ConfigCommands.Edit.class,
            ConfigCommands.Draft.class,
            ConfigCommands.Encrypt.class,
            ConfigCommands.RollBack.class
        })
final class ConfigCommands extends CommandOfCommands {

    /** Where config-service answers about a namespace. */
    static String pathOf(String namespace, String... more) {
        String[] parts = namespace.split("/", 3);
        if (parts.length < 2 || parts[0].isEmpty() || parts[1].isEmpty()) {
            throw CliFailed.usage("'" + namespace + "' is no namespace such as shop/prod/main", null);
        }
        List<String> segments = new ArrayList<>(
                List.of("config", parts[0], parts[1], parts.length == 2 ? "main" : parts[2].replace("/", "(_)")));
        segments.addAll(List.of(more));
        return Paths.api(segments.toArray(String[]::new));
    }

    /** About one namespace. */
    @Command(mixinStandardHelpOptions = true)
    abstract static class OfNamespace extends ApiCommand {

        @Parameters(
                index = "0",
                paramLabel = "NAMESPACE",
                description = "APPLICATION/PROFILE/LABEL, or without /LABEL: main")
        String namespace = "";

        final String path(String... more) {
            return pathOf(namespace, more);
        }

        final ExitCode published(Answer answer) {
            if (isJson()) {
                print(answer.body());
            } else {
                JsonNode changed = answer.body().path("changedKeys");
                say("Revision " + (answer.version() == null ? "?" : answer.version()) + " of " + namespace
                        + " is current"
                        + (changed.isEmpty()
                                ? "."
                                : ", changed: "
                                        + String.join(
                                                ", ",
                                                changed.valueStream()
                                                        .map(key -> key.asString(""))
                                                        .toList())));
            }
            return ExitCode.DONE;
        }

        final void differences(JsonNode comparison) {
            Table table = new Table("", "KEY", "BEFORE", "AFTER");
            comparison
                    .path("added")
                    .properties()
                    .forEach(one -> table.row("+", one.getKey(), "", value(one.getValue())));
            comparison
                    .path("removed")
                    .properties()
                    .forEach(one -> table.row("-", one.getKey(), value(one.getValue()), ""));
            comparison
                    .path("changed")
                    .properties()
                    .forEach(one -> table.row(
                            "~",
                            one.getKey(),
                            value(one.getValue().path("from")),
                            value(one.getValue().path("to"))));
            show(table, "Nothing differs.");
        }
    }

    private static String value(JsonNode value) {
        return value.isString() ? value.asString() : value.toString();
    }

    @Command(name = "list", header = "Lists the namespaces and their current revisions.")
    static final class ListNamespaces extends WatchedCommand {

        @Override
        void show() throws InterruptedException {
            ArrayNode all = pages(Service.CONFIG, Paths.api("config"), Map.of(), "namespaces", "after", 10_000);
            if (isJson()) {
                print(object().set("namespaces", all));
                return;
            }
            Table table = new Table("NAMESPACE", "REVISION", "PUBLISHED", "BY", "REASON");
            for (JsonNode one : all) {
                table.row(
                        required(one, "namespace"),
                        one.path("revision").asLong(0),
                        Views.moment(one, "publishedAt"),
                        one.path("actor").asString(""),
                        one.path("reason").asString(""));
            }
            show(table, "Nothing was published yet.");
        }
    }

    @Command(name = "get", header = "Shows the values of a namespace, or one of them.")
    static final class Get extends OfNamespace {

        @Parameters(index = "1", arity = "0..1", paramLabel = "KEY", description = "this value alone")
        private @Nullable String key;

        @Option(names = "--revision", paramLabel = "N", description = "(standard: the current one)")
        private @Nullable Long revision;

        @Override
        ExitCode run() throws InterruptedException {
            JsonNode answer =
                    get(Service.CONFIG, path("revisions", revision == null ? "current" : Long.toString(revision)));
            JsonNode values = answer.path("properties");
            if (key != null) {
                if (!values.has(key)) {
                    throw CliFailed.of(
                            ExitCode.REFUSED,
                            namespace + " has no key " + key,
                            "`tricolor config get " + namespace + "` lists them");
                }
                if (isJson()) {
                    print(values.path(key));
                } else {
                    say(value(values.path(key)));
                }
            } else if (isJson()) {
                print(answer);
            } else {
                Table table = new Table("KEY", "VALUE");
                values.properties().forEach(one -> table.row(one.getKey(), value(one.getValue())));
                show(table, "It has no keys.");
                say("Revision " + answer.path("revision").path("revision").asLong(0) + ".");
            }
            return ExitCode.DONE;
        }
    }

    @Command(
            name = "set",
            header = "Publishes a revision with some values changed.",
            description = "On the revision that was read: when somebody was faster, nothing is changed (exit code 5).")
    static final class SetValues extends OfNamespace {

        @Parameters(index = "1..*", paramLabel = "KEY=VALUE", description = "values to set")
        private Map<String, String> values = new LinkedHashMap<>();

        @Option(names = "--unset", paramLabel = "KEY", split = ",", description = "keys to remove")
        private List<String> unset = List.of();

        @Mixin
        private final ReasonOption why = new ReasonOption();

        @Override
        ExitCode run() throws InterruptedException {
            if (values.isEmpty() && unset.isEmpty()) {
                throw CliFailed.usage(
                        "what is to be set?", "`tricolor config set NAMESPACE KEY=VALUE … --reason TEXT`");
            }
            ObjectNode properties = object();
            String version = null;
            try {
                Answer current = api().get(Service.CONFIG, path("revisions", "current"));
                version = current.version();
                current.body()
                        .path("properties")
                        .properties()
                        .forEach(one -> properties.set(one.getKey(), one.getValue()));
            } catch (CliFailed e) {
                if (!e.code().equals("NAMESPACE_NOT_FOUND")) {
                    throw e;
                }
            }
            unset.forEach(key -> {
                if (properties.remove(key) == null) {
                    throw CliFailed.usage(namespace + " has no key " + key, null);
                }
            });
            values.forEach(properties::put);
            ObjectNode body = because(why.reason);
            body.set("properties", properties);
            return published(api().command(Service.CONFIG, "POST", path("revisions"), body, version, null));
        }
    }

    @Command(name = "publish", header = "Publishes a file (YAML, or .properties) as the whole content.")
    static final class Publish extends OfNamespace {

        @Option(
                names = {"-f", "--file"},
                required = true,
                paramLabel = "FILE",
                description = "- reads it from the input")
        private String file = "";

        @Option(names = "--if-revision", paramLabel = "N", description = "only when this one is current")
        private @Nullable String ifRevision;

        @Option(names = "--dry-run", description = "show what would change; change nothing")
        private boolean dryRun;

        @Option(
                names = {"-r", "--reason"},
                paramLabel = "TEXT",
                description = "why; the history keeps it")
        private @Nullable String reason;

        @Override
        ExitCode run() throws InterruptedException {
            ObjectNode body = content(file, read(file));
            if (dryRun) {
                JsonNode comparison =
                        api().ask(Service.CONFIG, path("comparison"), body).body();
                if (isJson()) {
                    print(comparison);
                } else {
                    differences(comparison);
                }
                return ExitCode.DONE;
            }
            if (reason == null) {
                throw CliFailed.usage("--reason is missing", "the history keeps why something was done");
            }
            body.put("reason", reason);
            return published(api().command(Service.CONFIG, "POST", path("revisions"), body, ifRevision, null));
        }
    }

    private static ObjectNode content(String file, String text) {
        return ApiCommand.object().put(file.endsWith(".properties") ? "text" : "yaml", text);
    }

    @Command(name = "history", header = "Lists the revisions of a namespace, newest first.")
    static final class History extends OfNamespace {

        @Option(names = "--limit", paramLabel = "N", defaultValue = "50", description = "(default ${DEFAULT-VALUE})")
        private int limit = 50;

        @Override
        ExitCode run() throws InterruptedException {
            ArrayNode all = pages(Service.CONFIG, path("revisions"), Map.of(), "revisions", "before", limit);
            if (isJson()) {
                print(object().set("revisions", all));
                return ExitCode.DONE;
            }
            Table table = new Table("REVISION", "PUBLISHED", "BY", "CHANGED", "REASON");
            for (JsonNode one : all) {
                table.row(
                        one.path("revision").asLong(0),
                        Views.moment(one, "publishedAt"),
                        one.path("actor").asString(""),
                        String.join(
                                ", ",
                                one.path("changedKeys")
                                        .valueStream()
                                        .map(key -> key.asString(""))
                                        .toList()),
                        one.path("reason").asString(""));
            }
            show(table, "It has no revisions.");
            return ExitCode.DONE;
        }
    }

    @Command(name = "diff", header = "Shows how two revisions of a namespace differ.")
    static final class Diff extends OfNamespace {

        @Parameters(index = "1", paramLabel = "FROM", description = "a revision")
        private long from;

        @Parameters(index = "2", paramLabel = "TO", description = "a revision")
        private long to;

        @Override
        ExitCode run() throws InterruptedException {
            JsonNode comparison = get(Service.CONFIG, Paths.query(path("diff"), Map.of("from", from, "to", to)));
            if (isJson()) {
                print(comparison);
            } else {
                differences(comparison);
            }
            return ExitCode.DONE;
        }
    }

    @Command(name = "rollback", header = "Makes the content of an earlier revision the current one.")
    static final class RollBack extends OfNamespace {

        @Option(names = "--to", required = true, paramLabel = "N", description = "the revision")
        private long to;

        @Mixin
        private final ReasonOption why = new ReasonOption();

        @Override
        ExitCode run() throws InterruptedException {
            return published(api().command(
                            Service.CONFIG,
                            "POST",
                            path("rollbacks"),
                            because(why.reason).put("revision", to)));
        }
    }

    @Command(name = "compare", header = "Shows how two namespaces differ, for example those of two clusters.")
    static final class Compare extends OfNamespace {

        @Parameters(index = "1", paramLabel = "OTHER", description = "the other namespace; NAMESPACE@N is a revision")
        private String other = "";

        @Override
        ExitCode run() throws InterruptedException {
            JsonNode comparison = get(
                    Service.CONFIG,
                    Paths.query(
                            Paths.api("config-comparison"), Map.of("left", whole(namespace), "right", whole(other))));
            if (isJson()) {
                print(comparison);
            } else {
                differences(comparison);
            }
            return ExitCode.DONE;
        }

        private static String whole(String name) {
            int at = name.indexOf('@');
            String plain = at < 0 ? name : name.substring(0, at);
            return (plain.split("/", -1).length == 2 ? plain + "/main" : plain) + (at < 0 ? "" : name.substring(at));
        }
    }

    @Command(name = "search", header = "Finds a text in current keys, values and files.")
    static final class Search extends ApiCommand {

        @Parameters(index = "0", paramLabel = "TEXT", description = "2 characters and more, whatever their case")
        private String text = "";

        @Override
        ExitCode run() throws InterruptedException {
            ArrayNode all =
                    pages(Service.CONFIG, Paths.api("config-search"), Map.of("text", text), "found", "after", 10_000);
            if (isJson()) {
                print(object().set("found", all));
                return ExitCode.DONE;
            }
            Table table = new Table("NAMESPACE", "REVISION", "KEY", "VALUE");
            for (JsonNode one : all) {
                table.row(
                        required(one, "namespace"),
                        one.path("revision").asLong(0),
                        one.path("key").asString(""),
                        value(one.path("value")));
            }
            show(table, "Nothing has it.");
            return ExitCode.DONE;
        }
    }

    @Command(name = "who", header = "Shows who changed a key, and why, newest first.")
    static final class Who extends OfNamespace {

        @Parameters(index = "1", paramLabel = "KEY", description = "a key, or file:PATH")
        private String key = "";

        @Override
        ExitCode run() throws InterruptedException {
            ArrayNode changes = JSON.createArrayNode();
            for (JsonNode one : pages(Service.CONFIG, path("revisions"), Map.of(), "revisions", "before", 10_000)) {
                if (one.path("changedKeys")
                        .valueStream()
                        .anyMatch(changed -> changed.asString("").equals(key))) {
                    changes.add(one);
                }
            }
            if (isJson()) {
                print(object().set("revisions", changes));
                return ExitCode.DONE;
            }
            Table table = new Table("REVISION", "PUBLISHED", "BY", "REASON");
            for (JsonNode one : changes) {
                table.row(
                        one.path("revision").asLong(0),
                        Views.moment(one, "publishedAt"),
                        one.path("actor").asString(""),
                        one.path("reason").asString(""));
            }
            show(table, "No revision changed it.");
            return ExitCode.DONE;
        }
    }

    @Command(
            name = "edit",
            header = "Opens the document in $VISUAL or $EDITOR and writes what comes back as the draft.",
            description = "With --reason it is published at once, if nobody was faster.")
    static final class Edit extends OfNamespace {

        @Option(
                names = {"-r", "--reason"},
                paramLabel = "TEXT",
                description = "publish it, and why")
        private @Nullable String reason;

        @Override
        ExitCode run() throws InterruptedException {
            String editor = world().variable("VISUAL");
            editor = editor == null ? world().variable("EDITOR") : editor;
            if (editor == null) {
                throw CliFailed.usage("neither VISUAL nor EDITOR is set", "EDITOR=vi tricolor config edit …");
            }
            Answer current = current();
            JsonNode document = current == null ? object() : current.body().path("document");
            boolean isText = document.path("format").asString("").equals("properties");
            String before = document.isMissingNode() || document.isEmpty()
                    ? lines(current == null ? object() : current.body().path("properties"))
                    : document.path("text").asString("");
            String after = edited(editor, isText ? ".properties" : ".yaml", before);
            if (after.equals(before)) {
                say("Nothing was changed.");
                return ExitCode.DONE;
            }
            ObjectNode body = object().put(isText ? "text" : "yaml", after);
            if (reason == null) {
                Answer saved = api().command(Service.CONFIG, "PUT", path("draft"), body);
                say("The draft of " + namespace + " is at version " + saved.version() + ".");
                return ExitCode.DONE;
            }
            body.put("reason", reason);
            return published(api().command(
                            Service.CONFIG,
                            "POST",
                            path("revisions"),
                            body,
                            current == null ? null : current.version(),
                            null));
        }

        private @Nullable Answer current() throws InterruptedException {
            try {
                return api().get(Service.CONFIG, path("revisions", "current"));
            } catch (CliFailed e) {
                if (e.code().equals("NAMESPACE_NOT_FOUND")) {
                    return null;
                }
                throw e;
            }
        }

        /** JSON in YAML, a key a line, where nobody has written a document. */
        private static String lines(JsonNode properties) {
            StringBuilder text = new StringBuilder();
            properties
                    .properties()
                    .forEach(one -> text.append(JSON.writeValueAsString(one.getKey()))
                            .append(": ")
                            .append(one.getValue())
                            .append('\n'));
            return text.toString();
        }

        private static String edited(String editor, String suffix, String text) throws InterruptedException {
            try {
                Path file = Files.createTempFile("tricolor-config", suffix);
                try {
                    Files.writeString(file, text);
                    List<String> words = new ArrayList<>(List.of(editor.strip().split("\\s+")));
                    words.add(file.toString());
                    int ended = new ProcessBuilder(words).inheritIO().start().waitFor();
                    if (ended != 0) {
                        throw CliFailed.of(ExitCode.REFUSED, "the editor ended with " + ended, null);
                    }
                    return Files.readString(file);
                } finally {
                    Files.deleteIfExists(file);
                }
            } catch (IOException e) {
                throw CliFailed.usage("the editor '" + editor + "' cannot be run: " + e.getMessage(), null);
            }
        }
    }

    @Command(
            name = "draft",
            mixinStandardHelpOptions = true,
            header = "The draft of a namespace.",
            synopsisSubcommandLabel = "COMMAND",
            subcommands = {DraftShow.class, DraftSave.class, DraftPublish.class, DraftDrop.class})
    static final class Draft extends CommandOfCommands {}

    @Command(name = "show", header = "Shows who wrote it, and how it differs from what is current.")
    static final class DraftShow extends OfNamespace {

        @Override
        ExitCode run() throws InterruptedException {
            JsonNode answer = get(Service.CONFIG, path("draft"));
            if (isJson()) {
                print(answer);
                return ExitCode.DONE;
            }
            JsonNode draft = answer.path("draft");
            say("Version " + draft.path("version").asLong(0) + ", on revision "
                    + draft.path("base").asLong(0) + ", by "
                    + String.join(
                            ", ",
                            draft.path("authors")
                                    .valueStream()
                                    .map(author -> author.asString(""))
                                    .toList())
                    + ".");
            differences(answer);
            return ExitCode.DONE;
        }
    }

    @Command(name = "save", header = "Writes a file (YAML, or .properties) as the draft.")
    static final class DraftSave extends OfNamespace {

        @Option(
                names = {"-f", "--file"},
                required = true,
                paramLabel = "FILE",
                description = "- reads it from the input")
        private String file = "";

        @Option(names = "--base", paramLabel = "N", description = "revision that it is made on")
        private @Nullable Long base;

        @Override
        ExitCode run() throws InterruptedException {
            ObjectNode body = content(file, read(file));
            if (base != null) {
                body.put("base", base);
            }
            Answer saved = api().command(Service.CONFIG, "PUT", path("draft"), body);
            if (isJson()) {
                print(saved.body());
            } else {
                say("The draft of " + namespace + " is at version " + saved.version() + ".");
            }
            return ExitCode.DONE;
        }
    }

    @Command(name = "publish", header = "Makes the draft the current revision.")
    static final class DraftPublish extends OfNamespace {

        @Mixin
        private final ReasonOption why = new ReasonOption();

        @Override
        ExitCode run() throws InterruptedException {
            return published(api().command(Service.CONFIG, "POST", path("draft", "publication"), because(why.reason)));
        }
    }

    @Command(name = "drop", header = "Throws the draft away.")
    static final class DraftDrop extends OfNamespace {

        @Override
        ExitCode run() throws InterruptedException {
            api().command(Service.CONFIG, "DELETE", path("draft"), null);
            say("The draft of " + namespace + " is gone.");
            return ExitCode.DONE;
        }
    }

    @Command(
            name = "encrypt",
            header = "Encrypts a value for an application; the answer is what to publish.",
            description = "Reads the value from the input, so that it is in no history of a shell.")
    static final class Encrypt extends ApiCommand {

        @Parameters(
                index = "0",
                arity = "0..1",
                paramLabel = "APPLICATION",
                description = "that may read it (standard: all of them)")
        private @Nullable String application;

        @Override
        ExitCode run() throws InterruptedException {
            String value = read("-").replaceFirst("\\R\\z", "");
            if (value.isEmpty()) {
                throw CliFailed.usage(
                        "there is no value in the input", "printf %s VALUE | tricolor config encrypt shop");
            }
            String encrypted = api().text(
                            Service.CONFIG,
                            application == null
                                    ? Paths.under("/config-server", "encrypt")
                                    : Paths.under("/config-server", "encrypt", application, "default"),
                            value);
            if (isJson()) {
                print(object().put("value", encrypted));
            } else {
                say(encrypted);
            }
            return ExitCode.DONE;
        }
    }
}
