package io.tricolor.monitor.health.watch;

import io.tricolor.contracts.health.HealthStatus;
import io.tricolor.kit.http.HttpAnswer;
import io.tricolor.kit.message.ContractsJson;
import io.tricolor.monitor.health.domain.Observation;
import io.tricolor.monitor.registry.Outgoing;
import io.tricolor.monitor.registry.Registration;
import java.io.IOException;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.springframework.stereotype.Component;
import tools.jackson.core.JacksonException;

/**
 * Observes one registration: its checks in the registry, and {@code /actuator/health} where it is a service of the
 * suite. Both must be well; a service that has no actuator is judged by its checks.
 */
@Component
class ActuatorProbe {

    private static final String NONE = "none";
    private static final Set<String> WORDS = Set.of("UP", "DOWN", "OUT_OF_SERVICE", "UNKNOWN");

    private final Outgoing outgoing;

    ActuatorProbe(Outgoing outgoing) {
        this.outgoing = outgoing;
    }

    Observation observe(Registration registration) throws InterruptedException {
        SortedMap<String, String> details = new TreeMap<>();
        details.put("checks", registration.checks());
        String version = registration.meta().get(Registration.VERSION);
        if (version != null) {
            details.put("version", version);
        }
        HealthStatus status = registration.passing() ? HealthStatus.UP : HealthStatus.DOWN;
        if (!registration.isOfGroup()) {
            String actuator = actuator(registration);
            details.put("actuator", actuator);
            if (!actuator.equals("UP") && !actuator.equals(NONE)) {
                status = HealthStatus.DOWN;
            }
        }
        return new Observation(status, details);
    }

    /**
     * The status that the actuator names, {@code none} for a program without one or on a host that may not be called,
     * or why it did not answer.
     */
    private String actuator(Registration registration) throws InterruptedException {
        try {
            HttpAnswer answer = outgoing.getReported(registration.address(), "/actuator/health");
            String word = wordOf(answer.text());
            if (WORDS.contains(word)) {
                return word;
            }
            return answer.status() / 100 == 5 ? "answered " + answer.status() : NONE;
        } catch (Outgoing.NotAllowed e) {
            return NONE;
        } catch (IOException e) {
            return "unreachable";
        }
    }

    private static String wordOf(String body) {
        try {
            return ContractsJson.mapper().readTree(body).path("status").asString("");
        } catch (JacksonException e) {
            return "";
        }
    }
}
