package io.tricolor.deploy.script;

import io.tricolor.contracts.Rejection;
import io.tricolor.contracts.group.ServiceManifest;
import io.tricolor.deploy.orchestrator.Orchestrator.ServiceKey;
import java.util.Map;

/** Scripts of releases, as the reconciler sees them. */
public interface Hooks {

    /** There are none. */
    Hooks NONE = new Hooks() {
        @Override
        public Outcome of(Call call) {
            return new Outcome.Done();
        }

        @Override
        public boolean checks(ServiceManifest manifest) {
            return false;
        }

        @Override
        public boolean isDone(ServiceKey service, Hook hook, String digest) {
            return true;
        }

        @Override
        public void forget(ServiceKey service, ServiceManifest manifest) {
            // nothing was kept
        }

        @Override
        public void onChange(Runnable listener) {
            // nothing ever changes
        }
    };

    /**
     * A script that belongs here.
     *
     * @param digest of the definition
     * @param order of the desired state
     * @param environment beside that of the service
     */
    record Call(
            ServiceKey service,
            Hook hook,
            ServiceManifest manifest,
            String digest,
            String order,
            Map<String, String> environment) {}

    /** How a script stands. */
    sealed interface Outcome {

        /** It ran, or there is none. */
        record Done() implements Outcome {}

        /** It runs, or is about to. */
        record Waiting(String message) implements Outcome {}

        /** It could not be read; it is tried again by itself when it is asked for. */
        record Unavailable(String message) implements Outcome {}

        /** It failed for this desired state; another one tries it again. */
        record Failed(Rejection rejection) implements Outcome {}
    }

    /** Runs a script, or says how it stands. Does not block. */
    Outcome of(Call call);

    /** Whether the release has scripts, one of which may look at its instances before they serve. */
    boolean checks(ServiceManifest manifest);

    /** Whether a script of a release ran well since the service stood still. */
    boolean isDone(ServiceKey service, Hook hook, String digest);

    /** The service stands still: what ran before and after says nothing of the next start. */
    void forget(ServiceKey service, ServiceManifest manifest);

    /** Calls {@code listener} whenever a script ended. */
    void onChange(Runnable listener);
}
