package io.tricolor.deploy.release;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.tricolor.contracts.group.Manifest;
import io.tricolor.contracts.group.ServiceManifest;
import io.tricolor.kit.message.ContractsJson;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** In what two manifests differ. Services are compared by name; their order makes no difference. */
final class ManifestDiff {

    private static final JsonMapper JSON = ContractsJson.mapper();

    private final List<Change> changes = new ArrayList<>();

    private ManifestDiff() {}

    /** What happened to a value. */
    enum Kind {
        ADDED,
        REMOVED,
        CHANGED
    }

    /**
     * One difference.
     *
     * @param path for example {@code web.env.COLOUR}; the first name is the service's
     * @param from null when it was added
     * @param to null when it was removed
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Change(
            String path,
            Kind kind,
            @Nullable JsonNode from,
            @Nullable JsonNode to) {}

    static List<Change> between(Manifest from, Manifest to) {
        ManifestDiff diff = new ManifestDiff();
        ObjectNode one = JSON.valueToTree(from);
        ObjectNode other = JSON.valueToTree(to);
        TreeSet<String> members = new TreeSet<>(one.propertyNames());
        members.addAll(other.propertyNames());
        members.remove("services");
        members.forEach(member -> diff.compare(member, one.get(member), other.get(member)));
        Map<String, JsonNode> before = services(from);
        Map<String, JsonNode> after = services(to);
        TreeSet<String> names = new TreeSet<>(before.keySet());
        names.addAll(after.keySet());
        names.forEach(name -> diff.compare(name, before.get(name), after.get(name)));
        return diff.changes;
    }

    private static Map<String, JsonNode> services(Manifest manifest) {
        Map<String, JsonNode> services = new LinkedHashMap<>();
        for (ServiceManifest service : manifest.services()) {
            services.put(service.name(), JSON.valueToTree(service));
        }
        return services;
    }

    private void compare(String path, @Nullable JsonNode from, @Nullable JsonNode to) {
        if (from == null || from.isNull()) {
            if (to != null && !to.isNull()) {
                changes.add(new Change(path, Kind.ADDED, null, to));
            }
        } else if (to == null || to.isNull()) {
            changes.add(new Change(path, Kind.REMOVED, from, null));
        } else if (from.isObject() && to.isObject()) {
            TreeSet<String> names = new TreeSet<>(from.propertyNames());
            names.addAll(to.propertyNames());
            names.forEach(name -> compare(path + "." + name, from.get(name), to.get(name)));
        } else if (!from.equals(to)) {
            changes.add(new Change(path, Kind.CHANGED, from, to));
        }
    }
}
