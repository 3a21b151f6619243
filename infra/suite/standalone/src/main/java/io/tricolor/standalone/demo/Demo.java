package io.tricolor.standalone.demo;

import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.JsonNode;

/**
 * Installs version 1 on cluster A, brings version 2 by one of the flows, goes back, all under traffic; then asks the
 * history.
 */
public final class Demo {

    private final Scene scene;
    private final Flow flow;

    /** How the new version comes. */
    public enum Flow {
        /** Named users first, an approval, then everybody. */
        GRAYSCALE,
        /** Everybody at once. */
        SWITCH,
        /** Instance by instance, and back the same way. */
        ROLLING,
        /** To named users, while others try a third release on a third cluster. */
        MULTI
    }

    public Demo(Scene scene, Flow flow) {
        this.scene = scene;
        this.flow = flow;
    }

    /** Runs it. Takes one to two minutes. */
    public DemoSummary run() throws IOException, InterruptedException {
        Play play = play();
        Instant installBegan = Instant.now();
        play.begin(scene.install(play.clusters(), play.instances()), installBegan);
        Instant installed = play.phase("install 1.0.0 on A");
        Instant upgradeBegan;
        Instant upgraded;
        Instant rollbackBegan;
        Instant rolledBack;
        Traffic traffic = scene.traffic(play.group());
        try {
            upgradeBegan = play.phase("1.0.0 on A");
            play.release();
            upgraded = Instant.now();
            scene.quiet();
            rollbackBegan = play.phase("2.0.0 serves");
            play.rollBack();
            rolledBack = Instant.now();
            scene.quiet();
            play.phase("1.0.0 on A again");
        } finally {
            traffic.close();
        }
        return judge(
                play,
                traffic.exchanges(),
                Shop.seconds(installBegan, installed),
                Shop.seconds(upgradeBegan, upgraded),
                Shop.seconds(rollbackBegan, rolledBack));
    }

    private Play play() {
        return switch (flow) {
            case GRAYSCALE -> new Grayscale(scene);
            case SWITCH -> new Switch(scene);
            case ROLLING -> new Rolling(scene);
            case MULTI -> new Multi(scene);
        };
    }

    private DemoSummary judge(
            Play play, List<Exchange> exchanges, double installSeconds, double upgradeSeconds, double rollbackSeconds)
            throws InterruptedException {
        Story story = scene.story();
        String group = play.group();
        List<JsonNode> history = scene.shop().history(group);
        Timeline timeline = Timeline.of(history);
        Verdict verdict = Verdict.of(timeline, play.versions(), exchanges);
        play.judge(exchanges, history);
        story.phases(exchanges, timeline, play.versions());
        story.history(history);
        story.rollbackPoints(Shop.items(scene.operator()
                .get("/api/groups/" + group + "/rollback-points")
                .body()));
        JsonNode rebuild = scene.rebuild(group);
        story.rebuild(rebuild);
        List<Double> millis = exchanges.stream()
                .map(one -> one.took().toNanos() / 1e6)
                .sorted()
                .toList();
        return new DemoSummary(
                flow.name().toLowerCase(Locale.ROOT),
                group,
                exchanges.size(),
                verdict.failed(),
                verdict.misrouted(),
                rebuild.path("events").asLong(history.size()),
                rebuild.path("equalsLive").asBoolean(false),
                play.held(),
                installSeconds,
                upgradeSeconds,
                rollbackSeconds,
                Quantile.of(millis, 0.5),
                Quantile.of(millis, 0.99),
                verdict.examples());
    }
}
