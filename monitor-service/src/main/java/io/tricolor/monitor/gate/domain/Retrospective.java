package io.tricolor.monitor.gate.domain;

import io.tricolor.contracts.group.Verdict;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Judges looks that were kept again, with other parameters. Nothing follows from it: what was decided is decided. */
public final class Retrospective {

    private Retrospective() {}

    /** A look, and when it was taken. */
    public record Taken(Instant at, Look look) {}

    /**
     * What would have been said.
     *
     * @param verdict after the last look
     * @param first when a verdict other than INCONCLUSIVE was there first; null: never
     * @param firstVerdict which one that was; null: none
     * @param canaryUntil requests of the canary until then, or in all
     * @param total all looks together
     * @param ratio of the shares of bad requests; null: unknown
     */
    public record Said(
            Verdict verdict,
            @Nullable Instant first,
            @Nullable Verdict firstVerdict,
            long canaryUntil,
            long looks,
            Look total,
            @Nullable Double ratio) {}

    /**
     * Judges again.
     *
     * @param share of bad requests that the canary is compared with; 0: with the baseline
     */
    public static Said judge(List<Taken> looks, Limits limits, double share) {
        SequentialTest test = new SequentialTest(limits, share);
        Instant first = null;
        Verdict firstVerdict = null;
        long until = 0;
        for (Taken taken : looks) {
            test.add(taken.look());
            if (first == null) {
                until = test.total().canary();
                Verdict now = test.assess().verdict();
                if (now != Verdict.INCONCLUSIVE) {
                    first = taken.at();
                    firstVerdict = now;
                }
            }
        }
        SequentialTest.Assessment said = test.assess();
        return new Said(
                said.verdict(),
                first,
                firstVerdict,
                until,
                test.looks(),
                test.total(),
                Double.isFinite(said.ratio()) ? said.ratio() : null);
    }
}
