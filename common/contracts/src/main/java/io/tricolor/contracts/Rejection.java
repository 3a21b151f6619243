package io.tricolor.contracts;

/**
 * Why something was not done. One failure, one code; a service answers it as an RFC 9457 problem document with type
 * {@code /problems/<code in kebab case>} and the code itself in the member {@code code}.
 *
 * @param code stable and machine-readable
 * @param message for a person; names what was asked for and what stood against it, never a secret
 */
public record Rejection(Code code, String message) {

    /** Stable problem codes. The number is the HTTP status that a service answers with. */
    public enum Code {
        // asked for something that is not there
        GROUP_NOT_FOUND(404),
        CLUSTER_NOT_FOUND(404),
        UPGRADE_NOT_FOUND(404),
        STAGE_NOT_FOUND(404),
        ROLLBACK_POINT_NOT_FOUND(404),
        ROUTER_NOT_FOUND(404),
        ROUTE_TABLE_NOT_FOUND(404),
        ID_LIST_NOT_FOUND(404),
        DEPLOYMENT_NOT_FOUND(404),
        LOG_NOT_FOUND(404),
        RELEASE_NOT_FOUND(404),
        NAMESPACE_NOT_FOUND(404),
        REVISION_NOT_FOUND(404),
        DRAFT_NOT_FOUND(404),
        LABEL_NOT_FOUND(404),
        FILE_NOT_FOUND(404),
        ENCRYPTION_OFF(404),
        SUBJECT_NOT_FOUND(404),
        ENTRY_NOT_FOUND(404),
        FREEZE_WINDOW_NOT_FOUND(404),
        TEMPLATE_NOT_FOUND(404),
        TRAIN_NOT_FOUND(404),
        NOT_FOUND(404),

        // asked for something that the present state forbids
        GROUP_EXISTS(409),
        FREEZE_WINDOW_EXISTS(409),
        GROUP_IN_SERVICE(409),
        GROUP_DECOMMISSIONING(409),
        GROUP_NOT_DECOMMISSIONING(409),
        GROUP_RECOVERING(409),
        CLUSTER_EXISTS(409),
        CLUSTER_IN_SERVICE(409),
        CLUSTER_NOT_RED(409),
        CLUSTER_NOT_RUNNING(409),
        CLUSTER_SCALING(409),
        CLUSTER_UPGRADING(409),
        UPGRADE_RUNNING(409),
        UPGRADE_NOT_RUNNING(409),
        UPGRADE_PAUSED(409),
        UPGRADE_ABORTING(409),
        UPGRADE_FROZEN(409),
        STEP_NOT_CURRENT(409),
        STAGE_NOT_CURRENT(409),
        STAGE_BEGUN(409),
        GATE_JUDGED(409),
        PLAN_CHANGED(409),
        NO_APPROVAL_PENDING(409),
        APPROVAL_MISSING(409),
        GOAL_NOT_REACHED(409),
        APPROVER_IS_REQUESTER(409),
        NO_GREEN_CLUSTER(409),
        ALREADY_GREEN(409),
        ROUTES_UNSERVED(409),
        ROUTERS_NOT_PINNED(409),
        ROUTE_TABLE_SUPERSEDED(409),
        STALE_FENCE(409),
        GROUP_AHEAD(409),
        DEADLINE_EXPIRED(409),
        CONCURRENT_CHANGE(409),
        REVISION_EXISTS(409),
        NOTHING_TO_CHANGE(409),
        DRAFT_REQUIRED(409),
        PUBLISHER_IS_EDITOR(409),
        PREFLIGHT_FAILED(409),
        VERSION_MISMATCH(412),

        // asked badly
        BAD_REQUEST(400),
        MALFORMED_JSON(400),
        INVALID_ARGUMENT(400),
        INVALID_INTERVAL(400),
        INVALID_ID(400),
        INVALID_MANIFEST(400),
        SECRET_IN_MANIFEST(400),
        INVALID_STAGES(400),
        INVALID_ROLLING(400),
        INVALID_FREEZE_WINDOW(400),
        INVALID_TEMPLATE(400),
        INVALID_TRAIN(400),
        DECISION_TOO_LARGE(422),
        ARTIFACT_UNVERIFIED(422),
        IMAGE_NOT_FOUND(422),
        SECRET_NOT_FOUND(422),
        IDEMPOTENCY_KEY_REUSED(422),
        METHOD_NOT_ALLOWED(405),
        NOT_ACCEPTABLE(406),
        PAYLOAD_TOO_LARGE(413),
        UNSUPPORTED_MEDIA_TYPE(415),
        TOO_MANY_REQUESTS(429),

        // who is asking
        UNAUTHENTICATED(401),
        LOGIN_REQUIRED(401),
        CSRF_TOKEN_MISSING(403),
        FORBIDDEN(403),
        APPROVAL_LINK_INVALID(403),

        // ours, or of something we lean on
        INTERNAL(500),
        UPSTREAM_RESET(502),
        UPSTREAM_UNAVAILABLE(503),
        READ_MODEL_MISSING(503),
        UPSTREAM_TIMEOUT(504),
        NO_HEALTHY_CLUSTER(503),

        // what keeps instances from running; in observations of deployments
        CRASH_LOOP(503),
        INSTANCE_LOST(503),
        MACHINE_FULL(503),
        PORT_TAKEN(503),
        NO_OFFER(503),
        ARTIFACT_UNAVAILABLE(503),
        ORCHESTRATOR_EMPTY(503);

        private final int httpStatus;

        Code(int httpStatus) {
            this.httpStatus = httpStatus;
        }

        /** HTTP status of the problem document, 400 to 599. */
        public int httpStatus() {
            return httpStatus;
        }

        /** Last segment of the problem type, for example {@code cluster-not-found}. */
        public String slug() {
            return name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
        }
    }
}
