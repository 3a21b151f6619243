package io.tricolor.marathon.plan;

import java.util.List;

/** Actions that run side by side; a plan's steps run one after another. */
public record Step(List<Action> actions) {

    /** One thing to do with one app. */
    public record Action(Kind kind, String appId) {}

    /** What can be done with an app. The names are the API's. */
    public enum Kind {
        /** Makes the app known; starts nothing. */
        START("StartApplication"),
        /** Brings the number of instances to the desired one. */
        SCALE("ScaleApplication"),
        /** Replaces every instance by one of the new configuration. */
        RESTART("RestartApplication"),
        /** Ends every instance. */
        STOP("StopApplication");

        private final String apiName;

        Kind(String apiName) {
            this.apiName = apiName;
        }

        /** Name on the wire. */
        public String apiName() {
            return apiName;
        }

        /** The kind with that name on the wire; throws {@link IllegalArgumentException} when there is none. */
        public static Kind of(String apiName) {
            for (Kind kind : values()) {
                if (kind.apiName.equals(apiName)) {
                    return kind;
                }
            }
            throw new IllegalArgumentException("no such action: " + apiName);
        }
    }
}
