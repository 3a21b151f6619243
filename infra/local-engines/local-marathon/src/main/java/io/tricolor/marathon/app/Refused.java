package io.tricolor.marathon.app;

import java.util.List;
import java.util.Map;

/**
 * A request that is answered with one of Marathon's error bodies. Carries no stack trace: it is an answer, not a
 * defect.
 */
public final class Refused extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final int status;
    private final transient Map<String, Object> body;

    private Refused(int status, Map<String, Object> body) {
        super(String.valueOf(body.get("message")), null, false, false);
        this.status = status;
        this.body = body;
    }

    /** An answer with nothing but a message. */
    public static Refused with(int status, String message) {
        return new Refused(status, Map.of("message", message));
    }

    /** 400: a member has the wrong JSON type. */
    public static Refused invalidJson(List<Detail> details) {
        return new Refused(400, Map.of("message", "Invalid JSON", "details", details));
    }

    /** 400: the body cannot be parsed. */
    public static Refused brokenJson(String parserText) {
        return new Refused(400, Map.of("message", "Invalid JSON", "details", parserText));
    }

    /** 422: a member has a value that is not allowed. */
    public static Refused notValid(List<Detail> details) {
        return new Refused(422, Map.of("message", "Object is not valid", "details", details));
    }

    /** 409: running deployments hold the app. */
    public static Refused locked(List<String> deploymentIds) {
        return new Refused(
                409,
                Map.of(
                        "message",
                        "App is locked by one or more deployments. Override with the option '?force=true'. "
                                + "View details at '/v2/deployments/<DEPLOYMENT_ID>'.",
                        "deployments",
                        deploymentIds.stream().map(id -> Map.of("id", id)).toList()));
    }

    /** HTTP status, 400 to 599. */
    public int status() {
        return status;
    }

    /** To be written as JSON. */
    public Map<String, Object> body() {
        return body;
    }

    /** What is wrong with one member. */
    public record Detail(String path, List<String> errors) {}
}
