package io.tricolor.strategy.group.domain;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.group.ClusterGroupCommand;
import io.tricolor.contracts.group.ClusterGroupEvent;
import io.tricolor.contracts.group.Gate;
import io.tricolor.contracts.group.GateJudged;
import io.tricolor.contracts.group.Stage;
import io.tricolor.contracts.group.StageApproved;
import io.tricolor.contracts.group.UpgradeStep;
import io.tricolor.contracts.group.UpgradeStepCompleted;
import io.tricolor.contracts.group.Verdict;
import io.tricolor.strategy.group.domain.Observation.Judged;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Every interleaving of what people do to the stages of an upgrade, what monitor-service judges and when that arrives,
 * and what reactors look at and do later. Clusters and routers are ideal here: they have explorations of their own.
 */
final class GateExploration {

    /**
     * Something that a person asks for.
     *
     * @param times how often at the most
     */
    record Order(String actor, ClusterGroupCommand command, int times) {}

    /**
     * What came of it.
     *
     * @param ends states in which the upgrade has ended, or is paused and waits for a person
     * @param violation null: none; else what broke and how it came to that
     */
    record Result(
            int states,
            long transitions,
            int ends,
            @Nullable String violation) {}

    /** A judgement that was asked for, of one try of one stage, and what was found; null: nothing yet. */
    private record Asked(String stage, long fence, @Nullable Verdict verdict) {}

    private record Pending(int group, List<NextAction> rest, boolean late) {
        static final Pending NOTHING = new Pending(-1, List.of(), false);
    }

    /**
     * A state.
     *
     * @param asked everything that monitor-service was ever asked, and the truth about it
     * @param heard the newest word about each stage that has arrived
     * @param orders how often each person's order was given
     */
    private record Node(
            int group, Set<Asked> asked, Map<String, Asked> heard, List<Pending> pending, List<Integer> orders) {}

    /** All that a reactor can see. */
    private record Look(int group, Map<String, Asked> heard, boolean late) {}

    private record Question(
            Look look,
            ClusterGroupCommand command,
            String actor,
            @Nullable Long version) {}

    /** What was decided, and the group after it. */
    private record Answer(List<ClusterGroupEvent> events, int group) {}

    private static final int MAX_STATES = 700_000;

    private final Flow flow;
    private final List<Order> orders;
    private final int reactors;
    private final Interned<GroupState> groups = new Interned<>(30);
    private final Map<Look, List<NextAction>> looks = new HashMap<>();
    private final Map<Question, Answer> answers = new HashMap<>();
    private final Map<Node, Integer> numbers = new HashMap<>();
    private final List<Node> nodes = new ArrayList<>();
    private final List<Integer> parents = new ArrayList<>();
    private final List<String> labels = new ArrayList<>();
    private final List<int[]> successors = new ArrayList<>();
    private final List<Integer> found = new ArrayList<>();
    private int current;
    private long transitions;
    private @Nullable String violation;

    GateExploration(Flow flow, int reactors, List<Order> orders) {
        this.flow = flow;
        this.reactors = reactors;
        this.orders = orders;
    }

    /** From an upgrade that has just been asked for. */
    Result explore(GroupState first) {
        List<Pending> idle = new ArrayList<>();
        for (int r = 0; r < reactors; r++) {
            idle.add(Pending.NOTHING);
        }
        reach(
                new Node(
                        groups.id(first),
                        Set.of(),
                        Map.of(),
                        List.copyOf(idle),
                        orders.stream().map(order -> 0).toList()),
                "it begins");
        for (current = 0; current < nodes.size() && violation == null; current++) {
            found.clear();
            explore(nodes.get(current));
            successors.add(found.stream().mapToInt(Integer::intValue).toArray());
            if (nodes.size() > MAX_STATES) {
                throw new IllegalStateException("more than " + MAX_STATES + " states: narrow the bounds");
            }
        }
        return new Result(nodes.size(), transitions, violation == null ? ends() : 0, violation);
    }

    private void explore(Node node) {
        GroupState group = groups.value(node.group());
        for (int r = 0; r < reactors; r++) {
            if (node.pending().get(r).rest().isEmpty()) {
                look(node, r, group, false);
                look(node, r, group, true);
            } else {
                act(node, r);
            }
        }
        monitor(node);
        for (int i = 0; i < orders.size(); i++) {
            Order order = orders.get(i);
            if (group.upgrade() != null && node.orders().get(i) < order.times()) {
                List<Integer> given = new ArrayList<>(node.orders());
                given.set(i, given.get(i) + 1);
                decide(
                        new Node(node.group(), node.asked(), node.heard(), node.pending(), List.copyOf(given)),
                        new Question(new Look(node.group(), node.heard(), false), order.command(), order.actor(), null),
                        order.actor() + ": " + order.command().getClass().getSimpleName());
            }
        }
    }

    private void look(Node node, int reactor, GroupState group, boolean late) {
        List<NextAction> actions = next(node, group, late).stream()
                .filter(action -> !(action instanceof NextAction.AskJudgement ask) || isNews(node, ask))
                .toList();
        if (actions.isEmpty() || (late && actions.equals(next(node, group, false)))) {
            return;
        }
        reach(
                with(node, reactor, new Pending(node.group(), actions, late)),
                late ? "time passes and a reactor looks" : "a reactor looks");
    }

    private List<NextAction> next(Node node, GroupState group, boolean late) {
        return looks.computeIfAbsent(
                new Look(node.group(), node.heard(), late),
                look -> flow.next(group, observation(look, group), Fixtures.NOW));
    }

    private static boolean isNews(Node node, NextAction.AskJudgement ask) {
        return node.asked().stream()
                .noneMatch(asked -> asked.stage().equals(ask.command().stage())
                        && asked.fence() == ask.command().fence());
    }

    private void act(Node node, int reactor) {
        Pending pending = node.pending().get(reactor);
        GroupState looked = groups.value(pending.group());
        List<NextAction> rest = pending.rest().subList(1, pending.rest().size());
        Node done = with(
                node, reactor, rest.isEmpty() ? Pending.NOTHING : new Pending(pending.group(), rest, pending.late()));
        switch (pending.rest().getFirst()) {
            case NextAction.AskJudgement ask -> {
                if (isNews(node, ask)) {
                    Set<Asked> asked = new HashSet<>(node.asked());
                    asked.add(new Asked(ask.command().stage(), ask.command().fence(), null));
                    reach(
                            new Node(done.group(), Set.copyOf(asked), done.heard(), done.pending(), done.orders()),
                            "monitor-service is asked about " + ask.command().stage());
                } else {
                    reach(done, "monitor-service is asked again");
                }
            }
            case NextAction.Advance advance ->
                decide(
                        done,
                        new Question(
                                new Look(node.group(), node.heard(), pending.late()),
                                advance.command(),
                                Decider.SELF,
                                looked.version()),
                        "a reactor: " + advance.command().getClass().getSimpleName());
            case NextAction.CallWebhook call -> reach(done, "a webhook is asked");
            case NextAction.PublishTable publish -> reach(done, "a table is published");
            case NextAction.EnsureInstances ensure -> reach(done, "deploy-service is told");
        }
    }

    /** Finds out, for good, and says so at any time; late words and words about earlier tries arrive too. */
    private void monitor(Node node) {
        for (Asked asked : node.asked()) {
            if (asked.verdict() == null) {
                for (Verdict verdict : List.of(Verdict.PASS, Verdict.FAIL)) {
                    Set<Asked> next = new HashSet<>(node.asked());
                    next.remove(asked);
                    next.add(new Asked(asked.stage(), asked.fence(), verdict));
                    reach(
                            new Node(node.group(), Set.copyOf(next), node.heard(), node.pending(), node.orders()),
                            asked.stage() + " is judged " + verdict);
                }
            } else {
                Asked before = node.heard().get(asked.stage());
                if (before == null || before.fence() < asked.fence()) {
                    Map<String, Asked> heard = new TreeMap<>(node.heard());
                    heard.put(asked.stage(), asked);
                    reach(
                            new Node(node.group(), node.asked(), heard, node.pending(), node.orders()),
                            "the judgement of " + asked.stage() + " arrives");
                }
            }
        }
    }

    private static Observation observation(Look look, GroupState group) {
        Observation ideal = Fixtures.ideal(group, look.late() ? Fixtures.LONG : java.time.Duration.ZERO);
        List<Judged> judged = look.heard().values().stream()
                .map(word -> new Judged(
                        word.stage(), "errors", group.epoch(), word.fence(), word.verdict(), new TreeMap<>()))
                .toList();
        return new Observation(
                ideal.published(),
                ideal.clusters(),
                ideal.routers(),
                ideal.everHadRouters(),
                ideal.elapsed(),
                ideal.written(),
                judged);
    }

    private void decide(Node node, Question question, String label) {
        GroupState after = groups.value(node.group());
        Answer answer = answers.computeIfAbsent(question, this::answer);
        if (answer.events().isEmpty()) {
            if (question.version() != null) {
                reach(node, label + " is overtaken");
            }
            return;
        }
        for (ClusterGroupEvent event : answer.events()) {
            check(node, after, event, label);
            after = Evolver.evolve(after, event);
        }
        reach(new Node(answer.group(), node.asked(), node.heard(), node.pending(), node.orders()), label);
    }

    private Answer answer(Question question) {
        Look look = question.look();
        GroupState after = groups.value(look.group());
        var context = new DecisionContext(question.actor(), Fixtures.NOW, question.version(), observation(look, after));
        List<ClusterGroupEvent> events;
        try {
            events = flow.decide(after, question.command(), context);
        } catch (Rejected refused) {
            events = List.of();
        }
        for (ClusterGroupEvent event : events) {
            after = Evolver.evolve(after, event);
        }
        return new Answer(events, groups.id(after));
    }

    // ---- what has to hold, by the truth and not by what was seen of it

    private void check(Node node, GroupState state, ClusterGroupEvent event, String label) {
        Upgrade upgrade = state.upgrade();
        switch (event) {
            case GateJudged judged
            when judged.gate().equals("errors") && judged.verdict() == Verdict.PASS -> {
                if (truth(node, judged.stage(), upgrade) != Verdict.PASS) {
                    violate("G1: PASS is recorded for a try of " + judged.stage() + " that was not judged so", label);
                }
            }
            case GateJudged judged
            when judged.gate().equals("errors") && judged.verdict() == Verdict.FAIL -> {
                if (truth(node, judged.stage(), upgrade) != Verdict.FAIL) {
                    violate("G1: FAIL is recorded for a try of " + judged.stage() + " that was not judged so", label);
                }
            }
            case UpgradeStepCompleted completed
            when completed.kind() == UpgradeStep.Kind.GATE -> {
                Stage stage = upgrade.gatedStage().orElseThrow();
                for (Gate gate : stage.gates()) {
                    boolean isFulfilled = switch (gate) {
                        case Gate.Metric metric -> truth(node, stage.name(), upgrade) == Verdict.PASS;
                        case Gate.Approval approval ->
                            upgrade.position().approvedBy().size() >= approval.approvals();
                        default -> true;
                    };
                    if (!isFulfilled) {
                        violate("G2: " + stage.name() + " is left without " + gate.name(), label);
                    }
                }
                for (Asked word : node.heard().values()) {
                    if (word.verdict() == Verdict.FAIL
                            && word.fence() == upgrade.position().since()) {
                        violate("G3: " + stage.name() + " is left although " + word.stage() + " has failed", label);
                    }
                }
            }
            case StageApproved approved
            when approved.approvedBy().equals(Fixtures.OPERATOR) ->
                violate("G4: who asked for the upgrade has approved it", label);
            default -> {}
        }
        if (event instanceof UpgradeStepCompleted completed
                && completed.step() != upgrade.position().step()) {
            violate("I5: step " + completed.step() + " is completed out of its turn", label);
        }
    }

    private static @Nullable Verdict truth(Node node, String stage, Upgrade upgrade) {
        return node.asked().stream()
                .filter(asked -> asked.stage().equals(stage)
                        && asked.fence() == upgrade.position().since())
                .findFirst()
                .map(Asked::verdict)
                .orElse(null);
    }

    // ---- states

    private static Node with(Node node, int reactor, Pending next) {
        List<Pending> pending = new ArrayList<>(node.pending());
        pending.set(reactor, next);
        return new Node(node.group(), node.asked(), node.heard(), List.copyOf(pending), node.orders());
    }

    private void reach(Node node, String label) {
        transitions++;
        Integer number = numbers.get(node);
        if (number == null) {
            number = nodes.size();
            numbers.put(node, number);
            nodes.add(node);
            parents.add(number == 0 ? -1 : current);
            labels.add(label);
        }
        found.add(number);
    }

    private void violate(String what, String label) {
        if (violation != null) {
            return;
        }
        List<String> path = new ArrayList<>();
        for (int i = current; i >= 0; i = parents.get(i)) {
            path.add(labels.get(i));
        }
        violation = what + "\n  " + String.join("\n  ", path.reversed()) + "\n  " + label;
    }

    /** In how many states the upgrade has ended or is paused; a violation when it cannot come to one of these. */
    private int ends() {
        List<List<Integer>> sources = new ArrayList<>();
        nodes.forEach(node -> sources.add(new ArrayList<>()));
        for (int from = 0; from < nodes.size(); from++) {
            int source = from;
            Arrays.stream(successors.get(from)).forEach(to -> sources.get(to).add(source));
        }
        boolean[] ends = new boolean[nodes.size()];
        Deque<Integer> queue = new ArrayDeque<>();
        for (int i = 0; i < nodes.size(); i++) {
            Upgrade upgrade = groups.value(nodes.get(i).group()).upgrade();
            if (upgrade == null || upgrade.position().paused()) {
                ends[i] = true;
                queue.add(i);
            }
        }
        int count = queue.size();
        while (!queue.isEmpty()) {
            for (int source : sources.get(queue.remove())) {
                if (!ends[source]) {
                    ends[source] = true;
                    queue.add(source);
                }
            }
        }
        for (current = 0; current < nodes.size(); current++) {
            if (!ends[current]) {
                violate("I6: from here the upgrade neither ends nor says that it waits", "stuck");
                break;
            }
        }
        return count;
    }
}
