package io.tricolor.deploy.deployment.query;

import io.tricolor.contracts.group.Manifest;
import io.tricolor.kit.message.CanonicalJson;
import io.tricolor.kit.message.ContractsJson;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.axonframework.serialization.SimpleSerializedType;
import org.axonframework.serialization.upcasting.event.EventUpcaster;
import org.axonframework.serialization.upcasting.event.IntermediateEventRepresentation;
import org.axonframework.serialization.upcasting.event.SingleEventUpcaster;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Brings stored events of revision 1 to revision 2: epoch 0, nothing withdrawn, and the digest of the desired state. */
@Configuration(proxyBeanMethods = false)
class Revisions {

    private static final String DESIRED = "cluster-deployment.desired";

    @Bean
    EventUpcaster desiredFromRevision1() {
        return new FromRevision1(DESIRED);
    }

    @Bean
    EventUpcaster failedFromRevision1() {
        return new FromRevision1("cluster-deployment.failed");
    }

    @Bean
    EventUpcaster instancesChangedFromRevision1() {
        return new FromRevision1("cluster-deployment.instances-changed");
    }

    /** The document of revision 2 for one of revision 1. */
    static JsonNode revision2(String name, JsonNode revision1) {
        ObjectNode event = ((ObjectNode) revision1.deepCopy()).put("epoch", 0L);
        if (name.equals(DESIRED)) {
            Manifest manifest = ContractsJson.mapper().treeToValue(event.get("manifest"), Manifest.class);
            SortedMap<String, Integer> instances = new TreeMap<>();
            event.get("instances")
                    .properties()
                    .forEach(entry ->
                            instances.put(entry.getKey(), entry.getValue().asInt()));
            event.put("digest", CanonicalJson.digestOfDesiredState(manifest, instances, Map.of()));
            event.putObject("withdrawn");
        }
        return event;
    }

    private static final class FromRevision1 extends SingleEventUpcaster {

        private final String name;

        private FromRevision1(String name) {
            this.name = name;
        }

        @Override
        protected boolean canUpcast(IntermediateEventRepresentation event) {
            return event.getType().equals(new SimpleSerializedType(name, "1"));
        }

        @Override
        protected IntermediateEventRepresentation doUpcast(IntermediateEventRepresentation event) {
            return event.upcastPayload(
                    new SimpleSerializedType(name, "2"), JsonNode.class, document -> revision2(name, document));
        }
    }
}
