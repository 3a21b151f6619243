package io.tricolor.deploy.release;

import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.contracts.group.DataSchema;
import io.tricolor.contracts.group.Manifest;
import io.tricolor.contracts.group.ServiceManifest;
import io.tricolor.deploy.SampleManifest;
import io.tricolor.deploy.release.ManifestDiff.Kind;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ManifestDiffTest {

    @Test
    void names_what_was_added_removed_and_changed() {
        Manifest from = SampleManifest.of("1", Map.of("COLOUR", "red", "OLD", "x"));
        ServiceManifest other = SampleManifest.service("0".repeat(64), Map.of("COLOUR", "blue", "NEW", "y"));
        Manifest to = new Manifest("2", List.of(other, named(other, "cart")));
        List<ManifestDiff.Change> changes = ManifestDiff.between(from, to);
        assertThat(changes)
                .extracting(change -> change.kind() + " " + change.path())
                .containsExactly(
                        "CHANGED version",
                        "ADDED cart",
                        "CHANGED web.artifact.sha256",
                        "CHANGED web.env.COLOUR",
                        "ADDED web.env.NEW",
                        "REMOVED web.env.OLD");
        assertThat(changes.get(3).from()).hasToString("\"red\"");
        assertThat(changes.get(3).to()).hasToString("\"blue\"");
        assertThat(changes.get(1).kind()).isEqualTo(Kind.ADDED);
    }

    @Test
    void names_what_is_said_of_the_data_too() {
        List<ServiceManifest> services = List.of(SampleManifest.service("0".repeat(64), Map.of()));
        assertThat(ManifestDiff.between(
                        new Manifest("1", services, new DataSchema(List.of(1, 2), 1)),
                        new Manifest("1", services, new DataSchema(List.of(1, 2), 2))))
                .extracting(ManifestDiff.Change::path)
                .containsExactly("schema.writes");
    }

    @Test
    void the_order_of_services_makes_no_difference() {
        ServiceManifest web = SampleManifest.service("0".repeat(64), Map.of());
        ServiceManifest cart = named(web, "cart");
        assertThat(ManifestDiff.between(new Manifest("1", List.of(web, cart)), new Manifest("1", List.of(cart, web))))
                .isEmpty();
    }

    private static ServiceManifest named(ServiceManifest service, String name) {
        return new ServiceManifest(
                name,
                service.artifact(),
                service.args(),
                service.env(),
                service.instances(),
                service.cpus(),
                service.memoryMiB(),
                service.healthCheck(),
                null,
                null);
    }
}
