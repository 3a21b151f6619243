package io.tricolor.consul;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One registered instance of a service. */
record ServiceEntry(
        String id,
        String name,
        List<String> tags,
        Map<String, String> meta,
        String address,
        int port,
        boolean enableTagOverride,
        int weightPassing,
        int weightWarning,
        long createIndex,
        long modifyIndex) {

    ServiceEntry at(long created, long modified) {
        return new ServiceEntry(
                id,
                name,
                tags,
                meta,
                address,
                port,
                enableTagOverride,
                weightPassing,
                weightWarning,
                created,
                modified);
    }

    boolean sameContent(ServiceEntry other) {
        return at(0, 0).equals(other.at(0, 0));
    }

    /** As the agent's endpoints show it. */
    Map<String, @Nullable Object> agentView() {
        Map<String, @Nullable Object> view = new LinkedHashMap<>();
        view.put("ID", id);
        view.put("Service", name);
        view.put("Tags", tags);
        view.put("Meta", meta);
        view.put("Port", port);
        view.put("Address", address);
        view.put("Weights", Map.of("Passing", weightPassing, "Warning", weightWarning));
        view.put("EnableTagOverride", enableTagOverride);
        view.put("Datacenter", Node.DATACENTER);
        return view;
    }

    /** Equal for equal content; a 64-bit number in hex without leading zeros, as the agent writes it. */
    String contentHash() {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256")
                    .digest(at(0, 0).toString().getBytes(StandardCharsets.UTF_8));
            return Long.toHexString(ByteBuffer.wrap(hash).getLong());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** As the health endpoints show it. */
    Map<String, @Nullable Object> healthView() {
        Map<String, @Nullable Object> view = agentView();
        view.remove("Datacenter");
        view.put("CreateIndex", createIndex);
        view.put("ModifyIndex", modifyIndex);
        return view;
    }

    /** As the catalog shows it: with the node. */
    Map<String, @Nullable Object> catalogView() {
        Map<String, @Nullable Object> view = new LinkedHashMap<>();
        view.put("ID", Node.ID);
        view.put("Node", Node.NAME);
        view.put("Address", Node.ADDRESS);
        view.put("Datacenter", Node.DATACENTER);
        view.put("TaggedAddresses", Node.TAGGED_ADDRESSES);
        view.put("NodeMeta", Map.of());
        view.put("ServiceID", id);
        view.put("ServiceName", name);
        view.put("ServiceTags", tags);
        view.put("ServiceAddress", address);
        view.put("ServiceMeta", meta);
        view.put("ServicePort", port);
        view.put("ServiceWeights", Map.of("Passing", weightPassing, "Warning", weightWarning));
        view.put("ServiceEnableTagOverride", enableTagOverride);
        view.put("CreateIndex", createIndex);
        view.put("ModifyIndex", modifyIndex);
        return view;
    }
}
