package io.tricolor.marathon;

import static io.tricolor.marathon.MarathonClient.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.marathon.task.ProcessIdentity;
import io.tricolor.sample.SampleApp;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/** Tests of an engine in a JVM of its own, with real processes. */
@Timeout(120)
abstract class EngineTest {

    abstract EngineProcess engine();

    final MarathonClient client() {
        return engine().client();
    }

    /** Process ids by task. */
    final Map<String, Long> processes() throws IOException, InterruptedException {
        Map<String, Long> pids = new TreeMap<>();
        for (JsonNode task : client().get("/engine/tasks").json()) {
            pids.put(task.path("id").stringValue(), task.path("pid").longValue());
        }
        return pids;
    }

    /** Takes all apps away and waits for the end of their processes. */
    final void removeApps() throws Exception {
        Collection<Long> pids = processes().values();
        for (JsonNode app : client().get("/v2/apps").json().path("apps")) {
            client().accepted("DELETE", "/v2/apps" + app.path("id").stringValue() + "?force=true", "");
        }
        await("all tasks to end", () -> processes().isEmpty());
        for (long pid : pids) {
            assertThat(isAlive(pid)).as("process %s was left behind", pid).isFalse();
        }
    }

    /** What the queue says that an app lacks; empty: nothing. */
    final String shortage(String appId) throws Exception {
        for (JsonNode item : client().get("/v2/queue").json().path("queue")) {
            if (item.path("app").path("id").asString().equals(appId)) {
                return item.path("processedOffersSummary")
                        .path("rejectSummaryLastOffers")
                        .path(0)
                        .path("reason")
                        .asString("");
            }
        }
        return "";
    }

    /** A process that nobody has collected yet counts as ended. */
    static boolean isAlive(long pid) {
        return ProcessIdentity.of(pid).isPresent();
    }

    static String sample(String id, int instances, String env, int graceSeconds) throws Exception {
        String classes = Path.of(SampleApp.class
                        .getProtectionDomain()
                        .getCodeSource()
                        .getLocation()
                        .toURI())
                .toString();
        return "{'id':'" + id + "','args':['java','-XX:+UseSerialGC','-XX:TieredStopAtLevel=1','-Xmx24m','-cp','"
                + classes
                + "','io.tricolor.sample.SampleApp'],'instances':" + instances + ",'env':{" + env
                + "},'taskKillGracePeriodSeconds':12,'healthChecks':[{'path':'/health','intervalSeconds':1,"
                + "'timeoutSeconds':5,'maxConsecutiveFailures':2,'gracePeriodSeconds':" + graceSeconds + "}]}";
    }
}
