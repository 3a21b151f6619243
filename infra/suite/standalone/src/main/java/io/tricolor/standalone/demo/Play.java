package io.tricolor.standalone.demo;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/**
 * One flow, from when users use the first release to when they use it again. Says in the end what of it was to hold and
 * whether it did.
 */
abstract class Play {

    /** The release that the flow brings. */
    static final String NEXT = "2.0.0";

    private final Scene scene;
    private final Map<String, Boolean> held = new LinkedHashMap<>();
    private String group = "";
    private Instant mark = Instant.EPOCH;

    Play(Scene scene) {
        this.scene = scene;
    }

    /** Clusters of the group, and the release that each of them runs, if any. */
    Map<String, String> versions() {
        return Map.of("A", Scene.FIRST, "B", NEXT);
    }

    /** Instances of the first release. */
    int instances() {
        return 3;
    }

    /** Brings the new release to everybody who is to have it. */
    abstract void release() throws IOException, InterruptedException;

    /** Goes back to the first release. */
    abstract void rollBack() throws IOException, InterruptedException;

    /** Prints what is to be seen of this flow, and {@link #check}s it. */
    void judge(List<Exchange> exchanges, List<JsonNode> history) throws InterruptedException {
        // nothing besides what holds for all of them
    }

    void begin(String named, Instant installBegan) {
        group = named;
        mark = installBegan;
    }

    String group() {
        return group;
    }

    Scene scene() {
        return scene;
    }

    /** What was to hold, in words, and whether it did. */
    Map<String, Boolean> held() {
        return held;
    }

    void check(String what, boolean holds) {
        held.put(what, holds);
    }

    /** Ends a part of the story that lasted since the part before it; answers when. */
    Instant phase(String name) {
        Instant now = Instant.now();
        scene.story().phase(name, mark, now);
        mark = now;
        return now;
    }

    /** An upgrade of the new release to B. */
    String upgrade(String mode, Map<String, Object> more) throws IOException, InterruptedException {
        Map<String, Object> body = new LinkedHashMap<>(more);
        body.put("mode", mode);
        body.put("to", "B");
        body.put("manifest", scene.shop().manifest(NEXT, instances(), Map.of()));
        body.put("reason", "new checkout page");
        return scene.shop().start(group, "/upgrades", body);
    }

    String rollback(Map<String, Object> more) throws InterruptedException {
        Map<String, Object> body = new LinkedHashMap<>(more);
        body.put("reason", "customers miss the old page");
        return scene.shop().start(group, "/rollbacks", body);
    }

    void complete(String what, String upgrade) throws InterruptedException {
        scene.shop().await(what, group, upgrade, Shop::isCompleted);
    }

    List<String> clusters() {
        return new ArrayList<>(versions().keySet().stream().sorted().toList());
    }
}
