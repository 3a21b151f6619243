package io.tricolor.consul;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The one node there is. */
final class Node {
    static final String DATACENTER = "dc1";
    static final String NAME = "tricolor";
    static final String ADDRESS = "127.0.0.1";
    static final String ID =
            UUID.nameUUIDFromBytes(NAME.getBytes(StandardCharsets.UTF_8)).toString();
    static final Map<String, String> TAGGED_ADDRESSES = Map.of("lan", ADDRESS, "wan", ADDRESS);

    private Node() {}

    static Map<String, @Nullable Object> view() {
        Map<String, @Nullable Object> view = new LinkedHashMap<>();
        view.put("ID", ID);
        view.put("Node", NAME);
        view.put("Address", ADDRESS);
        view.put("Datacenter", DATACENTER);
        view.put("TaggedAddresses", TAGGED_ADDRESSES);
        view.put("Meta", Map.of());
        view.put("CreateIndex", 1);
        view.put("ModifyIndex", 1);
        return view;
    }
}
