package io.tricolor.deploy.orchestrator;

import io.tricolor.deploy.orchestrator.Orchestrator.ServiceKey;
import io.tricolor.deploy.orchestrator.Orchestrator.Unavailable;
import io.tricolor.kit.http.HttpAnswer;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Logs as local-marathon gives them, below {@code /engine}. Marathon itself has no interface for logs: of one on Mesos
 * none is found.
 */
final class MarathonLogs implements InstanceLogs {

    private static final int MAX_BYTES = 2 << 20;
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(30);

    private final MarathonProperties marathon;
    private final MarathonCalls calls;
    private final JsonMapper json = new JsonMapper();

    MarathonLogs(MarathonProperties marathon) {
        this.marathon = marathon;
        this.calls = new MarathonCalls("marathon-logs", marathon, MAX_BYTES);
    }

    @Override
    public boolean mayHave(String instanceId) {
        return instanceId.startsWith(MarathonJson.TASKS);
    }

    @Override
    public boolean isOf(String group, String cluster, String instanceId) {
        return instanceId.startsWith(MarathonJson.taskPrefix(group, cluster));
    }

    @Override
    public Optional<Part> tail(String instanceId, Stream stream, int lines) throws Unavailable {
        return part(instanceId, stream, "&lines=" + lines, Duration.ZERO);
    }

    @Override
    public Optional<Part> read(String instanceId, Stream stream, long from, Duration wait) throws Unavailable {
        Duration bounded = wait.compareTo(LONGEST_WAIT) < 0 ? wait : LONGEST_WAIT;
        return part(instanceId, stream, "&from=" + from + "&wait=" + bounded.toSeconds(), bounded);
    }

    private Optional<Part> part(String instanceId, Stream stream, String query, Duration wait) throws Unavailable {
        HttpAnswer answer = send("/engine/tasks/" + encoded(instanceId) + "/log?stream=" + stream.word() + query, wait);
        if (answer.status() == 404) {
            return Optional.empty();
        }
        if (answer.status() != 200) {
            throw new Unavailable("Marathon answered " + answer.status() + " to a question for a log");
        }
        long from = answer.headers().firstValueAsLong("X-Log-From").orElse(0);
        boolean ended = answer.headers().firstValue("X-Log-Ended").orElse("").equals("true");
        byte[] content = answer.body();
        // The rest of a character that was cut in two comes with the next part.
        int whole = ended ? content.length : Characters.whole(content);
        return Optional.of(new Part(from, whole == 0 ? content : Arrays.copyOf(content, whole), ended));
    }

    @Override
    public List<Kept> kept(ServiceKey service) throws Unavailable {
        HttpAnswer answer = send("/engine/logs?app=" + encoded(MarathonJson.appId(service)), Duration.ZERO);
        List<Kept> kept = new ArrayList<>();
        if (answer.status() == 404) {
            return kept;
        }
        try {
            for (JsonNode one : json.readTree(answer.text())) {
                kept.add(new Kept(
                        one.path("id").asString(""),
                        one.path("running").asBoolean(false),
                        Instant.parse(one.path("writtenAt").asString(""))));
            }
        } catch (JacksonException | java.time.DateTimeException e) {
            throw new Unavailable("Marathon answered with something that is no list of logs");
        }
        return kept;
    }

    private HttpAnswer send(String path, Duration wait) throws Unavailable {
        return calls.get(path, marathon.timeout().plus(wait));
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
