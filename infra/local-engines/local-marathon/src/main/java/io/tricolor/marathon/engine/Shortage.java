package io.tricolor.marathon.engine;

import java.time.Instant;

/** What this machine has too little of for one more instance. The names are those of Marathon's offer rejections. */
record Shortage(Reason reason, Instant since) {

    enum Reason {
        CPUS("InsufficientCpus"),
        MEMORY("InsufficientMemory"),
        PORTS("InsufficientPorts"),
        /** It can never run here, however much is free. */
        UNSUITABLE("UnfulfilledConstraint");

        private final String apiName;

        Reason(String apiName) {
            this.apiName = apiName;
        }

        String apiName() {
            return apiName;
        }
    }
}
