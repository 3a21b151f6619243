package io.tricolor.strategy.group.domain;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.group.Entry;
import io.tricolor.contracts.group.Gate;
import io.tricolor.contracts.group.IdRule;
import io.tricolor.contracts.group.IdentitySource;
import io.tricolor.contracts.group.InconclusivePolicy;
import io.tricolor.contracts.group.RollingPolicy;
import io.tricolor.contracts.group.Stage;
import io.tricolor.contracts.group.UpgradePolicy;
import io.tricolor.contracts.group.WeeklyTime;
import io.tricolor.routing.RequestId;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.regex.Pattern;

/** What commands must satisfy whatever the state is. Each throws {@link Rejected}. */
final class Checks {

    static final Pattern NAME = Pattern.compile("[a-z]([a-z0-9-]{0,38}[a-z0-9])?");
    private static final Pattern CLUSTER = Pattern.compile("[A-Z][A-Z0-9]{0,15}");
    private static final Pattern HOST = Pattern.compile("[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?");
    private static final Pattern PATH = Pattern.compile("/[A-Za-z0-9/._~-]{0,255}");
    private static final Pattern FIELD = Pattern.compile("[A-Za-z0-9._-]{1,64}");
    private static final Pattern ROUTER = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._:-]{0,127}");
    private static final int MAX_ROUTERS = 100;
    static final int MAX_TEXT = 200;
    static final int MAX_INSTANCES = 1_000;
    private static final int MAX_STAGES = 50;
    private static final int MAX_APPROVALS = 10;
    private static final int MAX_RATIO = 10;
    private static final double MIN_ALPHA = 1e-6;
    private static final double MAX_ALPHA = 0.2;
    private static final long MAX_REQUESTS = 1_000_000_000;
    private static final Duration SLOWEST = Duration.ofMinutes(1);
    private static final int MAX_TIMES = 20;
    static final Duration DAY = Duration.ofDays(1);
    private static final Duration LONGEST_KEPT = Duration.ofDays(31);
    private static final Duration MONTH = Duration.ofDays(31);

    private Checks() {}

    static void name(String what, String name) {
        require(
                name != null && NAME.matcher(name).matches(),
                Code.INVALID_ARGUMENT,
                what + " '" + name
                        + "' must be lower-case letters, digits and dashes, begin with a letter, at most 40 long");
    }

    static void cluster(String name) {
        require(
                name != null && CLUSTER.matcher(name).matches(),
                Code.INVALID_ARGUMENT,
                "cluster name '" + name
                        + "' must be upper-case letters and digits, begin with a letter, at most 16 long");
    }

    static void text(String what, String text) {
        require(
                text != null && !text.isBlank() && text.length() <= MAX_TEXT,
                Code.INVALID_ARGUMENT,
                what + " must not be blank nor longer than " + MAX_TEXT + " characters");
    }

    static void entries(List<Entry> entries) {
        require(!entries.isEmpty(), Code.INVALID_ARGUMENT, "a group has at least one entry");
        Set<String> places = new HashSet<>();
        for (Entry entry : entries) {
            require(
                    entry.host() == null || HOST.matcher(entry.host()).matches(),
                    Code.INVALID_ARGUMENT,
                    "entry host '" + entry.host() + "' must be a lower-case host name without port");
            require(
                    entry.pathPrefix() != null
                            && PATH.matcher(entry.pathPrefix()).matches(),
                    Code.INVALID_ARGUMENT,
                    "entry path prefix '" + entry.pathPrefix() + "' must be a plain path that begins with a slash");
            name("entry service", entry.service());
            require(
                    places.add(entry.host() + " " + entry.pathPrefix()),
                    Code.INVALID_ARGUMENT,
                    "two entries have the path prefix " + entry.pathPrefix());
        }
    }

    static void identity(IdentitySource identity) {
        for (List<String> names :
                List.of(identity.claims(), identity.headers(), identity.cookies(), identity.queryParameters())) {
            for (String name : names) {
                require(
                        FIELD.matcher(name).matches(),
                        Code.INVALID_ARGUMENT,
                        "identity source '" + name + "' must be letters, digits, '.', '_' or '-'");
            }
        }
    }

    static void stages(List<Stage> stages) {
        require(stages.size() <= MAX_STAGES, Code.INVALID_STAGES, "at most " + MAX_STAGES + " stages");
        Set<String> names = new HashSet<>();
        for (Stage stage : stages) {
            require(
                    stage.name() != null
                            && !stage.name().isBlank()
                            && stage.name().length() <= MAX_TEXT,
                    Code.INVALID_STAGES,
                    "a stage has a name");
            require(
                    !Gates.isAfterTheSwitch(stage),
                    Code.INVALID_STAGES,
                    "the stage '" + stage.name() + "' comes by itself where a gate has watchAfter");
            require(names.add(stage.name()), Code.INVALID_STAGES, "two stages are named " + stage.name());
            require(stage.rule() != null, Code.INVALID_STAGES, "stage " + stage.name() + " has no rule");
            rule(stage.rule());
            gates(stage);
            patience(stage);
        }
    }

    private static void patience(Stage stage) {
        String of = " of stage " + stage.name();
        Duration deadline = stage.deadline();
        if (deadline == null) {
            require(
                    stage.inconclusivePolicy() == InconclusivePolicy.HOLD,
                    Code.INVALID_STAGES,
                    "onInconclusive" + of + " speaks when a deadline passes: give the stage a deadline");
            return;
        }
        require(
                deadline.isPositive() && deadline.compareTo(MONTH) <= 0,
                Code.INVALID_STAGES,
                "the deadline" + of + " must be above 0 and at most 31 days");
        require(
                stage.inconclusivePolicy() != InconclusivePolicy.HOLD,
                Code.INVALID_STAGES,
                "HOLD" + of + " waits for ever: leave the deadline out");
        for (Gate gate : stage.gates()) {
            require(
                    !(gate instanceof Gate.Bake bake) || bake.time().compareTo(deadline) < 0,
                    Code.INVALID_STAGES,
                    "gate " + gate.name() + of + " lasts longer than the deadline of the stage, " + deadline);
        }
    }

    private static void gates(Stage stage) {
        String of = " of stage " + stage.name();
        Set<String> names = new HashSet<>();
        int approvals = 0;
        for (Gate gate : stage.gates()) {
            require(
                    gate.name() != null && NAME.matcher(gate.name()).matches(),
                    Code.INVALID_STAGES,
                    "the name '" + gate.name() + "' of a gate" + of + " must be lower-case letters, digits and dashes");
            require(names.add(gate.name()), Code.INVALID_STAGES, "two gates" + of + " are named " + gate.name());
            switch (gate) {
                case Gate.Approval approval -> {
                    require(
                            approval.approvals() >= 1 && approval.approvals() <= MAX_APPROVALS,
                            Code.INVALID_STAGES,
                            "approvals" + of + " must be from 1 to " + MAX_APPROVALS);
                    require(++approvals == 1, Code.INVALID_STAGES, "one gate" + of + " is for all its approvals");
                }
                case Gate.Bake bake ->
                    require(
                            bake.time() != null
                                    && !bake.time().isNegative()
                                    && bake.time().compareTo(MONTH) <= 0,
                            Code.INVALID_STAGES,
                            "the bake time" + of + " must be from 0 to 31 days");
                case Gate.Metric metric -> metric(metric, "gate " + metric.name() + of);
                case Gate.Webhook webhook -> webhook(webhook, "gate " + webhook.name() + of);
                case Gate.Schedule schedule -> {
                    require(
                            schedule.notBefore() != null || !schedule.within().isEmpty(),
                            Code.INVALID_STAGES,
                            "the schedule" + of + " names neither notBefore nor within");
                    require(
                            schedule.within().size() <= MAX_TIMES,
                            Code.INVALID_STAGES,
                            "the schedule" + of + " has at most " + MAX_TIMES + " times");
                    schedule.within().forEach(time -> weekly("the schedule" + of, time));
                }
            }
        }
    }

    private static void webhook(Gate.Webhook gate, String what) {
        String fault = gate.fault();
        require(fault == null, Code.INVALID_STAGES, "url of " + what + " " + fault);
        watchAfter(gate, what);
    }

    private static void watchAfter(Gate gate, String what) {
        Duration time = Gates.watchedAfter(gate);
        require(
                time == null || (time.isPositive() && time.compareTo(MONTH) <= 0),
                Code.INVALID_STAGES,
                "watchAfter of " + what + " must be above 0 and at most 31 days");
    }

    /** NaN is within no range. */
    private static void metric(Gate.Metric gate, String what) {
        require(
                gate.toleratedRatio() >= 1 && gate.toleratedRatio() <= MAX_RATIO,
                Code.INVALID_STAGES,
                "toleratedRatio of " + what + " must be from 1 to " + MAX_RATIO);
        require(
                gate.alpha() >= MIN_ALPHA && gate.alpha() <= MAX_ALPHA,
                Code.INVALID_STAGES,
                "alpha of " + what + " must be from " + MIN_ALPHA + " to " + MAX_ALPHA);
        require(
                gate.minimumRequests() >= 1 && gate.minimumRequests() <= MAX_REQUESTS,
                Code.INVALID_STAGES,
                "minimumRequests of " + what + " must be from 1 to " + MAX_REQUESTS);
        Double limit = gate.limit();
        require(
                limit == null || (limit >= MIN_ALPHA && limit < 1),
                Code.INVALID_STAGES,
                "limit of " + what + " must be from " + MIN_ALPHA + " to below 1");
        Duration warmUp = gate.warmUp();
        require(
                warmUp == null || (!warmUp.isNegative() && warmUp.compareTo(DAY) <= 0),
                Code.INVALID_STAGES,
                "warmUp of " + what + " must be from 0 to 24 h");
        watchAfter(gate, what);
        Gate.Source source = gate.source();
        if (source != null) {
            String fault = source.fault();
            require(fault == null, Code.INVALID_STAGES, "source of " + what + " " + fault);
            require(
                    gate.measure() == Gate.Measure.ERRORS,
                    Code.INVALID_STAGES,
                    "source of " + what + " says what is bad: it is for the measure ERRORS");
        }
        Duration slowerThan = gate.slowerThan();
        if (slowerThan != null) {
            require(
                    gate.measure() == Gate.Measure.LATENCY,
                    Code.INVALID_STAGES,
                    "slowerThan of " + what + " is for the measure LATENCY");
            require(
                    slowerThan.isPositive() && slowerThan.compareTo(SLOWEST) <= 0,
                    Code.INVALID_STAGES,
                    "slowerThan of " + what + " must be above 0 and at most " + SLOWEST);
        }
    }

    static void weekly(String what, WeeklyTime time) {
        require(
                WeeklyTime.isSound(time),
                Code.INVALID_ARGUMENT,
                what + " has days, from and to as HH:MM, and a zone like Europe/Berlin");
    }

    static void rule(IdRule rule) {
        require(
                rule.intervals().size() <= IdRule.MAX_NEW_INTERVALS,
                Code.INVALID_ARGUMENT,
                "a rule carries at most " + IdRule.MAX_NEW_INTERVALS + " intervals, not "
                        + rule.intervals().size() + ": more of them are a list");
        for (String id : rule.ids()) {
            RequestId read = RequestId.of(id);
            require(
                    read != null && read.text().equals(id),
                    Code.INVALID_ID,
                    "id '" + id + "' is blank, has blanks around it or is longer than " + RequestId.MAX_BYTES
                            + " bytes");
        }
    }

    static void instances(SortedMap<String, Integer> instances) {
        require(!instances.isEmpty(), Code.INVALID_ARGUMENT, "instances name at least one service");
        instances.forEach((service, count) -> require(
                count != null && count >= 0 && count <= MAX_INSTANCES,
                Code.INVALID_ARGUMENT,
                "instances of service " + service + " must be from 0 to " + MAX_INSTANCES));
    }

    static void timeout(Duration timeout) {
        require(
                timeout != null && timeout.isPositive() && timeout.compareTo(DAY) <= 0,
                Code.INVALID_ARGUMENT,
                "drainTimeout must be above 0 and at most 24 h");
    }

    static void grace(Duration grace) {
        require(
                grace != null && !grace.isNegative() && grace.compareTo(MONTH) <= 0,
                Code.INVALID_ARGUMENT,
                "grace must be from 0 to 31 days");
    }

    static void policy(UpgradePolicy policy) {
        for (Duration timeout : new Duration[] {
            policy.startTimeout(), policy.routeTimeout(), policy.drainTimeout(), policy.stopTimeout()
        }) {
            require(
                    timeout != null && timeout.isPositive() && timeout.compareTo(DAY) <= 0,
                    Code.INVALID_ARGUMENT,
                    "a timeout of an upgrade must be above 0 and at most 24 h");
        }
        Duration keepOld = policy.keepOld();
        require(
                keepOld == null || (keepOld.isPositive() && keepOld.compareTo(LONGEST_KEPT) <= 0),
                Code.INVALID_ARGUMENT,
                "keepOld must be above 0 and at most 31 days");
        require(policy.onExpiry() != null, Code.INVALID_ARGUMENT, "onExpiry must be RETRY, PAUSE or ROLL_BACK");
    }

    static void rolling(RollingPolicy policy) {
        for (Duration time : new Duration[] {policy.minReady(), policy.pauseBetween()}) {
            require(
                    !time.isNegative() && time.compareTo(DAY) <= 0,
                    Code.INVALID_ROLLING,
                    "minReady and pauseBetween must be from 0 to 24 h");
        }
        for (Gate gate : policy.gates()) {
            require(
                    Gates.watchedAfter(gate) == null,
                    Code.INVALID_ROLLING,
                    "gate " + gate.name() + " cannot be watched after the last batch: the old instances are gone then");
        }
    }

    static void routers(Collection<String> routers) {
        require(
                routers.size() <= MAX_ROUTERS,
                Code.INVALID_ARGUMENT,
                "at most " + MAX_ROUTERS + " routers can have a table of their own");
        for (String router : routers) {
            require(
                    ROUTER.matcher(router).matches(),
                    Code.INVALID_ARGUMENT,
                    "router id '" + router + "' must be letters, digits, . _ : -");
        }
    }

    static void require(boolean holds, Code code, String message) {
        if (!holds) {
            throw new Rejected(code, message);
        }
    }
}
