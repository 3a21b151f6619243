package io.tricolor.deploy.reconcile;

import io.tricolor.contracts.group.Manifest;
import io.tricolor.contracts.group.ServiceManifest;
import io.tricolor.kit.message.ContractsJson;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;

/** Short names for whole descriptions. */
final class Digests {

    private static final int LENGTH = 32;

    private Digests() {}

    /** Equal for descriptions that make instances run alike; the number of instances is no part of it. */
    static String of(Manifest release, ServiceManifest manifest) {
        ServiceManifest withoutCount = new ServiceManifest(
                manifest.name(),
                manifest.artifact(),
                manifest.args(),
                manifest.env(),
                manifest.secretEnv(),
                null,
                manifest.cpus(),
                manifest.memoryMiB(),
                manifest.healthCheck(),
                manifest.configRevision(),
                manifest.scriptRevision());
        Map<String, String> common = new TreeMap<>(Map.of("version", release.version()));
        if (release.orchestrator() != null) {
            common.put("orchestrator", release.orchestrator());
        }
        String text = ContractsJson.mapper().writeValueAsString(common)
                + ContractsJson.mapper().writeValueAsString(withoutCount);
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash).substring(0, LENGTH);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
