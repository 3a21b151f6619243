package io.tricolor.cli.command;

import io.tricolor.cli.CliFailed;
import io.tricolor.cli.ExitCode;
import io.tricolor.cli.World;
import io.tricolor.cli.http.Answer;
import io.tricolor.cli.http.Api;
import io.tricolor.cli.http.Paths;
import io.tricolor.cli.http.Service;
import io.tricolor.cli.text.Cell;
import io.tricolor.cli.text.Plain;
import io.tricolor.cli.text.Table;
import io.tricolor.cli.text.YamlText;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** A command that talks to a suite. */
@Command(mixinStandardHelpOptions = true)
abstract class ApiCommand implements Callable<Integer> {

    static final JsonMapper JSON = JsonMapper.builder()
            .enable(SerializationFeature.INDENT_OUTPUT)
            .enable(StreamWriteFeature.WRITE_BIGDECIMAL_AS_PLAIN)
            .build();

    private static final int PAGE = 200;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    CommandSpec spec;

    @Mixin
    final ConnectionOptions connection = new ConnectionOptions();

    /** Where output goes instead, while a picture is drawn. */
    @Nullable
    PrintWriter redirected;

    private @Nullable Api api;

    @Override
    public final Integer call() throws InterruptedException {
        ExitCode code = run();
        world().out().flush();
        return code.code();
    }

    abstract ExitCode run() throws InterruptedException;

    final World world() {
        return ((CommandLineInterface.Root) spec.root().userObject()).world();
    }

    final Api api() {
        if (api == null) {
            api = connection.api(world());
        }
        return api;
    }

    final boolean isJson() {
        return connection.isJson();
    }

    final PrintWriter out() {
        PrintWriter picture = redirected;
        return picture == null ? world().out() : picture;
    }

    /** Where progress goes: not into what a program reads. */
    final PrintWriter aside() {
        return isJson() ? world().err() : world().out();
    }

    final JsonNode get(Service service, String path) throws InterruptedException {
        return api().get(service, path).body();
    }

    /** Sends a command about which only its success is of interest. */
    final ExitCode send(String method, String path, @Nullable JsonNode body, String done) throws InterruptedException {
        Answer answer = api().command(Service.STRATEGY, method, path, body);
        if (isJson()) {
            ObjectNode told = JsonNodeFactory.instance.objectNode();
            if (answer.version() != null) {
                told.put("version", answer.version());
            }
            print(answer.body().isNull() ? told : answer.body());
        } else {
            say(done);
        }
        return ExitCode.DONE;
    }

    /**
     * Sends a command that a document says; a refusal names the place in it.
     *
     * @param document null: options alone say it
     */
    final Answer command(String method, String path, JsonNode body, YamlText.@Nullable Document document)
            throws InterruptedException {
        try {
            return api().command(Service.STRATEGY, method, path, body);
        } catch (CliFailed failure) {
            throw document == null ? failure : UpgradeCommands.located(failure, document);
        }
    }

    final void print(JsonNode body) {
        out().println(JSON.writeValueAsString(body));
    }

    final void say(String text) {
        out().println(Plain.line(text));
    }

    final void show(Table table, String whenEmpty) {
        if (table.isEmpty()) {
            out().println(whenEmpty);
        } else {
            table.lines(world().terminal()).forEach(out()::println);
        }
    }

    /** {@code label: value} with the labels in one column. */
    final void label(String label, Object value) {
        Cell cell = value instanceof Cell one ? one : Cell.of(String.valueOf(value));
        out().println(Cell.faint(String.format("%-12s", label + ":")).shown(world().terminal()) + " "
                + cell.shown(world().terminal()));
    }

    /**
     * Elements of a list that is paged by {@code next}, up to {@code most}. A page may be empty and have a next one.
     *
     * @param cursor name of the parameter that goes on
     */
    final ArrayNode pages(
            Service service,
            String path,
            Map<String, ? extends @Nullable Object> parameters,
            String list,
            String cursor,
            int most)
            throws InterruptedException {
        ArrayNode all = JsonNodeFactory.instance.arrayNode();
        Map<String, @Nullable Object> query = new LinkedHashMap<>(parameters);
        String next = null;
        do {
            query.put("limit", Math.min(PAGE, most - all.size()));
            if (next != null) {
                query.put(cursor, next);
            }
            JsonNode page = get(service, Paths.query(path, query));
            if (!page.path(list).isArray()) {
                throw Api.incomplete(list);
            }
            page.path(list).forEach(all::add);
            String following = page.path("next").isNull() || page.path("next").isMissingNode()
                    ? null
                    : page.path("next").asString("");
            if (following != null && following.equals(next)) {
                break;
            }
            next = following;
        } while (next != null && all.size() < most);
        return all;
    }

    /** What a file says; {@code -} is what is written to this command. */
    final String read(String file) {
        try {
            if (file.equals("-")) {
                return new String(world().in().readAllBytes(), StandardCharsets.UTF_8);
            }
            return Files.readString(Path.of(file));
        } catch (IOException e) {
            throw CliFailed.usage(
                    "cannot read " + file + ": "
                            + (e instanceof java.nio.file.NoSuchFileException
                                    ? "there is no such file"
                                    : e instanceof java.nio.charset.MalformedInputException
                                            ? "it is no text in UTF-8"
                                            : String.valueOf(e.getMessage())),
                    null);
        } catch (UncheckedIOException e) {
            throw CliFailed.usage("cannot read " + file + ": " + e.getMessage(), null);
        }
    }

    static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    static ObjectNode because(String reason) {
        return object().put("reason", reason);
    }

    /** A member that every answer of this kind has. */
    static String required(JsonNode node, String member) {
        String text = node.path(member).asString("");
        if (text.isEmpty()) {
            throw Api.incomplete(member);
        }
        return text;
    }
}
