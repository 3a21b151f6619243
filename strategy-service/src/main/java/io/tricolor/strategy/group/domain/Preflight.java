package io.tricolor.strategy.group.domain;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.group.Artifact;
import io.tricolor.contracts.group.DataSchema;
import io.tricolor.contracts.group.Manifest;
import io.tricolor.contracts.group.ServiceManifest;
import io.tricolor.contracts.group.UpgradeMode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is checked of a release before an upgrade or a rollback to it changes anything. */
public final class Preflight {

    private Preflight() {}

    /** How a check ended. */
    public enum Outcome {
        PASSED,
        /** It may begin, and somebody should know. */
        WARNING,
        /** It is refused. */
        FAILED
    }

    /**
     * One check.
     *
     * @param what it is about
     * @param found in words
     */
    public record Check(String what, Outcome outcome, String found) {}

    /** Checks of a plan. */
    public static List<Check> of(UpgradePlan plan, Configured configured) {
        boolean together = plan.mode() == UpgradeMode.GRAYSCALE
                || plan.mode() == UpgradeMode.ROLLING
                || !plan.stages().isEmpty();
        return of(
                plan.from() == null ? null : plan.from().manifest(),
                plan.to().manifest(),
                together,
                plan.isRollback(),
                configured);
    }

    /**
     * All of them.
     *
     * @param from what serves; null: nothing does yet
     * @param together whether both serve for a while
     * @param back whether it is a rollback: nobody wants the way back from that
     */
    private static List<Check> of(
            @Nullable Manifest from, Manifest to, boolean together, boolean back, Configured configured) {
        List<Check> checks = new ArrayList<>();
        for (ServiceManifest service : to.services()) {
            checks.add(new Check("artifact of " + service.name(), Outcome.PASSED, pinned(service.artifact())));
            if (service.configRevision() != null) {
                checks.add(configuration(service, service.configRevision(), configured));
            }
        }
        checks.addAll(schema(from, to, together, back));
        return List.copyOf(checks);
    }

    /** Revisions are never deleted: one that was published is there. */
    private static Check configuration(ServiceManifest service, String text, Configured configured) {
        String what = "configuration of " + service.name();
        BoundConfig bound = BoundConfig.of(service).orElse(null);
        if (bound == null) {
            return new Check(what, Outcome.WARNING, text + " is not written as namespace@number: not checked");
        }
        Long newest = configured.newest().get(bound.namespace());
        if (newest == null) {
            return new Check(
                    what,
                    Outcome.WARNING,
                    "nothing was heard of " + bound.namespace() + " yet: " + text + " not checked");
        }
        return bound.revision() <= newest
                ? new Check(what, Outcome.PASSED, text + " is there")
                : new Check(what, Outcome.FAILED, text + " is not there, the newest is " + newest);
    }

    private static String pinned(Artifact artifact) {
        return switch (artifact) {
            case Artifact.File file -> "pinned by sha256 " + file.sha256();
            case Artifact.Image image -> "pinned by " + image.digest();
        };
    }

    private static List<Check> schema(@Nullable Manifest from, Manifest to, boolean together, boolean back) {
        if (from == null) {
            return List.of();
        }
        DataSchema old = from.schema();
        DataSchema fresh = to.schema();
        if (old == null || fresh == null) {
            String silent = old == null ? from.version() : to.version();
            return List.of(new Check("data schema", Outcome.PASSED, "release " + silent + " does not declare one"));
        }
        List<Check> checks = new ArrayList<>();
        checks.add(new Check(
                "data schema", fresh.understands(old) ? Outcome.PASSED : Outcome.FAILED, reads(to, fresh, from, old)));
        if (together) {
            checks.add(new Check(
                    "data schema while both serve",
                    old.understands(fresh) ? Outcome.PASSED : Outcome.FAILED,
                    reads(from, old, to, fresh)));
        } else if (!back) {
            checks.add(new Check(
                    "data schema on the way back",
                    old.understands(fresh) ? Outcome.PASSED : Outcome.WARNING,
                    reads(from, old, to, fresh)));
        }
        return checks;
    }

    private static String reads(Manifest reader, DataSchema of, Manifest writer, DataSchema written) {
        return "release " + reader.version() + " reads " + of.reads() + ", release " + writer.version() + " writes "
                + written.writes();
    }

    /** Refuses a plan of which a check has failed, with all of these. */
    static void require(UpgradePlan plan, Configured configured) {
        List<String> failed = of(plan, configured).stream()
                .filter(check -> check.outcome() == Outcome.FAILED)
                .map(check -> check.what() + ": " + check.found())
                .toList();
        if (!failed.isEmpty()) {
            throw new Rejected(Code.PREFLIGHT_FAILED, String.join("; ", failed));
        }
    }
}
