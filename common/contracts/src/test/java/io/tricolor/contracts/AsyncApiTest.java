package io.tricolor.contracts;

import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.contracts.audit.AuditRootSigned;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

class AsyncApiTest {

    private static final JsonNode DOCUMENT = YAMLMapper.builder().build().readTree(Published.text("asyncapi.yaml"));

    private static final Map<String, String> TOPICS = Map.ofEntries(
            Map.entry("io.tricolor.contracts.group.ClusterGroupEvent", Topics.CLUSTER_GROUP_EVENTS),
            Map.entry("io.tricolor.contracts.deployment.ClusterDeploymentEvent", Topics.CLUSTER_DEPLOYMENT_EVENTS),
            Map.entry("io.tricolor.contracts.config.ConfigEvent", Topics.CONFIG_EVENTS),
            Map.entry("io.tricolor.contracts.freeze.FreezeEvent", Topics.PLANNING_EVENTS),
            Map.entry("io.tricolor.contracts.plan.PlanTemplateEvent", Topics.PLANNING_EVENTS),
            Map.entry("io.tricolor.contracts.scaling.ScalingEvent", Topics.PLANNING_EVENTS),
            Map.entry("io.tricolor.contracts.load.LoadCommand", Topics.MONITOR_COMMANDS),
            Map.entry("io.tricolor.contracts.load.LoadObservation", Topics.MONITOR_OBSERVATIONS),
            Map.entry("io.tricolor.contracts.deployment.DeployCommand", Topics.DEPLOY_COMMANDS),
            Map.entry("io.tricolor.contracts.deployment.DeploymentObservation", Topics.DEPLOY_OBSERVATIONS),
            Map.entry("io.tricolor.contracts.gate.GateCommand", Topics.MONITOR_COMMANDS),
            Map.entry("io.tricolor.contracts.gate.GateObservation", Topics.MONITOR_OBSERVATIONS),
            Map.entry("io.tricolor.contracts.health.HealthEvent", Topics.MONITOR_HEALTH),
            Map.entry("io.tricolor.contracts.snapshot.StateSnapshot", Topics.CLUSTER_GROUP_SNAPSHOTS),
            Map.entry("io.tricolor.contracts.audit.AuditFact", Topics.AUDIT_REFUSALS));

    static Stream<String> revisions() {
        return Published.everyRevision();
    }

    @Test
    void is_version_3() {
        assertThat(DOCUMENT.get("asyncapi").asString()).isEqualTo("3.0.0");
    }

    @Test
    void names_every_topic_with_its_partitions() {
        List<String> topics = new ArrayList<>(Topics.eventTopics());
        topics.addAll(Topics.workTopics());
        topics.addAll(Topics.auditTopics());
        assertThat(DOCUMENT.get("channels").valueStream())
                .allSatisfy(channel -> assertThat(
                                channel.at("/bindings/kafka/partitions").asInt())
                        .isEqualTo(Topics.PARTITIONS))
                .extracting(channel -> channel.get("address").asString())
                .containsExactlyInAnyOrderElementsOf(topics);
    }

    @Test
    void keeps_the_published_history_for_ever() {
        assertThat(DOCUMENT.get("channels")
                        .valueStream()
                        .filter(channel -> channel.at("/bindings/kafka/topicConfiguration/retention.ms")
                                        .asLong(0)
                                == -1)
                        .map(channel -> channel.get("address").asString()))
                .containsExactlyInAnyOrderElementsOf(
                        Stream.concat(Topics.eventTopics().stream(), Stream.of(Topics.AUDIT_ROOTS))
                                .toList());
    }

    @ParameterizedTest
    @MethodSource("revisions")
    void describes_every_message(String name) {
        JsonNode message = DOCUMENT.get("components").get("messages").get(name);
        assertThat(message).as(name).isNotNull();
        assertThat(message.get("name").asString()).isEqualTo("io.tricolor." + name);
        assertThat(message.at("/payload/schema/$ref").asString()).isEqualTo("schema/" + name + ".json");
        assertThat(message.at("/headers/$ref").asString()).startsWith("#/components/schemas/");
    }

    @Test
    void puts_every_message_on_the_topic_of_its_family() {
        Map<String, String> expected = new TreeMap<>();
        EventTypes.all().forEach(type -> expected.put(Published.currentNameOf(type), topicOf(type)));
        Map<String, String> stated = new TreeMap<>();
        DOCUMENT.get("channels")
                .forEach(channel -> channel.get("messages")
                        .propertyNames()
                        .forEach(name -> stated.put(name, channel.get("address").asString())));
        assertThat(stated).containsAllEntriesOf(expected);
        assertThat(stated).containsEntry("log.line", Topics.LOGS);
        assertThat(stated.keySet())
                .containsExactlyInAnyOrderElementsOf(
                        DOCUMENT.at("/components/messages").propertyNames());
    }

    @Test
    void leads_nowhere_that_is_not_there() {
        List<String> dead = new ArrayList<>();
        DOCUMENT.findValuesAsString("$ref").stream()
                .filter(target -> target.startsWith("#/"))
                .filter(target -> find(target.substring(2)).isMissingNode())
                .forEach(dead::add);
        assertThat(dead).isEmpty();
        assertThat(DOCUMENT.findValuesAsString("$ref"))
                .hasSizeGreaterThan(2 * EventTypes.all().size());
    }

    private static String topicOf(Class<?> type) {
        return type == AuditRootSigned.class ? Topics.AUDIT_ROOTS : TOPICS.get(type.getInterfaces()[0].getName());
    }

    private static JsonNode find(String path) {
        JsonNode node = DOCUMENT;
        for (String segment : path.split("/")) {
            node = node.path(segment);
        }
        return node;
    }
}
