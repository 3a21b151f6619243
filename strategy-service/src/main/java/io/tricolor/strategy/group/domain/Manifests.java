package io.tricolor.strategy.group.domain;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.SecretNames;
import io.tricolor.contracts.Text;
import io.tricolor.contracts.group.Artifact;
import io.tricolor.contracts.group.DataSchema;
import io.tricolor.contracts.group.Entry;
import io.tricolor.contracts.group.HealthCheck;
import io.tricolor.contracts.group.Manifest;
import io.tricolor.contracts.group.ServiceManifest;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What a manifest must satisfy: an orchestrator can run it. Each method throws {@link Rejected}. */
final class Manifests {

    private static final int MAX_SERVICES = 50;
    private static final int MAX_ARGS = 256;
    private static final int MAX_SCHEMAS = 100;
    private static final int MAX_VARIABLES = 256;
    private static final int MAX_VALUE = 32_768;
    private static final int MAX_CPUS = 1_024;
    private static final int MAX_MEMORY_MIB = 4 * 1_024 * 1_024;
    private static final int MAX_FAILURES = 1_000;
    private static final Pattern REVISION = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._/@:-]{0,199}");
    private static final Pattern PLACE = Pattern.compile("[!-~]{1,2048}");
    private static final Pattern HEALTH_PATH = Pattern.compile("/[!-~]{0,1023}");
    private static final Pattern SECRET_REF = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");
    private static final Pattern VARIABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,127}");

    private static final List<String> ORCHESTRATORS = List.of("kubernetes", "marathon");

    private Manifests() {}

    static void check(Manifest manifest, List<Entry> entries) {
        Checks.require(
                manifest.version() != null
                        && !manifest.version().isBlank()
                        && manifest.version().length() <= Checks.MAX_TEXT,
                Code.INVALID_MANIFEST,
                "a manifest names its version");
        Checks.require(!manifest.services().isEmpty(), Code.INVALID_MANIFEST, "a manifest has at least one service");
        Checks.require(
                manifest.services().size() <= MAX_SERVICES,
                Code.INVALID_MANIFEST,
                "a manifest has at most " + MAX_SERVICES + " services");
        Set<String> names = new HashSet<>();
        for (ServiceManifest service : manifest.services()) {
            Checks.require(
                    service.name() != null
                            && Checks.NAME.matcher(service.name()).matches(),
                    Code.INVALID_MANIFEST,
                    "service name '" + service.name() + "' must be lower-case letters, digits and dashes");
            Checks.require(
                    names.add(service.name()), Code.INVALID_MANIFEST, "service " + service.name() + " is there twice");
            service(service);
        }
        StartOrder.check(manifest);
        DataSchema schema = manifest.schema();
        Checks.require(
                schema == null
                        || (schema.reads().size() <= MAX_SCHEMAS
                                && schema.writes() >= 0
                                && schema.reads().stream().allMatch(version -> version >= 0)
                                && schema.reads().contains(schema.writes())),
                Code.INVALID_MANIFEST,
                "schema must be {reads: at most " + MAX_SCHEMAS + " versions from 0, writes: one of them}");
        Checks.require(
                manifest.orchestrator() == null || ORCHESTRATORS.contains(manifest.orchestrator()),
                Code.INVALID_MANIFEST,
                "orchestrator must be one of " + ORCHESTRATORS);
        servesEntries(manifest, entries);
    }

    /** Of a manifest that is new: what was accepted once can be gone back to. */
    static void holdsNoSecrets(Manifest manifest) {
        for (ServiceManifest service : manifest.services()) {
            service.env()
                    .forEach((variable, value) -> Checks.require(
                            !SecretNames.holdsSecret(variable, value),
                            Code.SECRET_IN_MANIFEST,
                            "the value of " + variable + " of service " + service.name()
                                    + " looks like a secret, and a manifest is kept for ever; name the secret:"
                                    + " secretEnv." + variable + ".secretRef"));
            String named = SecretNames.secretIn(service.args());
            if (named != null) {
                throw new Rejected(
                        Code.SECRET_IN_MANIFEST,
                        "args of service " + service.name() + ": the value of " + Text.shown(named, Checks.MAX_TEXT)
                                + " looks like a secret, and a manifest is kept for ever; name the secret in"
                                + " secretEnv, and let the program read the variable");
            }
            Checks.require(
                    !(service.artifact() instanceof Artifact.File file) || !SecretNames.embedsSecret(file.uri()),
                    Code.SECRET_IN_MANIFEST,
                    "the address of the artifact of service " + service.name()
                            + " has a password in it, and a manifest is kept for ever; deploy-service has"
                            + " credentials of repositories");
        }
    }

    private static void service(ServiceManifest service) {
        String of = " of service " + service.name();
        Checks.require(service.artifact() != null, Code.INVALID_MANIFEST, "the artifact" + of + " is missing");
        Checks.require(
                service.artifact() instanceof Artifact.Image || !service.args().isEmpty(),
                Code.INVALID_MANIFEST,
                "args" + of + " must name the program to start");
        artifact(service.artifact(), of);
        Checks.require(service.args().size() <= MAX_ARGS, Code.INVALID_MANIFEST, "at most " + MAX_ARGS + " args" + of);
        service.args().forEach(arg -> value("an arg" + of, arg));
        Checks.require(
                service.env().size() + service.secretEnv().size() <= MAX_VARIABLES,
                Code.INVALID_MANIFEST,
                "at most " + MAX_VARIABLES + " environment variables" + of);
        service.env().forEach((variable, value) -> {
            Checks.require(
                    VARIABLE.matcher(variable).matches(),
                    Code.INVALID_MANIFEST,
                    "environment variable '" + Text.shown(variable, Checks.MAX_TEXT) + "'" + of
                            + " is not a valid name");
            value("environment variable " + variable + of, value);
        });
        service.secretEnv().forEach((variable, secret) -> {
            Checks.require(
                    VARIABLE.matcher(variable).matches() && !service.env().containsKey(variable),
                    Code.INVALID_MANIFEST,
                    "variable '" + Text.shown(variable, Checks.MAX_TEXT) + "' in secretEnv" + of
                            + " is not a valid name, or is in env too");
            Checks.require(
                    secret != null
                            && secret.secretRef() != null
                            && SECRET_REF.matcher(secret.secretRef()).matches(),
                    Code.INVALID_MANIFEST,
                    "secretEnv." + variable + ".secretRef" + of
                            + " must be letters, digits, dots, dashes and underscores");
        });
        revision("configRevision" + of, service.configRevision());
        revision("scriptRevision" + of, service.scriptRevision());
        Checks.require(
                service.instances() == null
                        || (service.instances() >= 1 && service.instances() <= Checks.MAX_INSTANCES),
                Code.INVALID_MANIFEST,
                "instances" + of + " must be from 1 to " + Checks.MAX_INSTANCES);
        Checks.require(
                service.cpus() > 0 && service.cpus() <= MAX_CPUS,
                Code.INVALID_MANIFEST,
                "cpus" + of + " must be above 0 and at most " + MAX_CPUS);
        Checks.require(
                service.memoryMiB() > 0 && service.memoryMiB() <= MAX_MEMORY_MIB,
                Code.INVALID_MANIFEST,
                "memoryMiB" + of + " must be above 0 and at most " + MAX_MEMORY_MIB);
        HealthCheck check = service.healthCheck();
        Checks.require(
                check.path() != null && HEALTH_PATH.matcher(check.path()).matches(),
                Code.INVALID_MANIFEST,
                "the health check path" + of + " must begin with a slash and have no blanks");
        Checks.require(
                wholeSeconds(check.interval()) && wholeSeconds(check.timeout()),
                Code.INVALID_MANIFEST,
                "interval and timeout of the health check" + of + " must be whole seconds, from one to 24 h");
        Checks.require(
                check.gracePeriod() != null
                        && !check.gracePeriod().isNegative()
                        && check.gracePeriod().compareTo(Checks.DAY) <= 0,
                Code.INVALID_MANIFEST,
                "the grace period" + of + " must be from 0 to 24 h");
        Checks.require(
                check.maxConsecutiveFailures() >= 0 && check.maxConsecutiveFailures() <= MAX_FAILURES,
                Code.INVALID_MANIFEST,
                "maxConsecutiveFailures" + of + " must be from 0 to " + MAX_FAILURES);
    }

    private static void artifact(Artifact artifact, String of) {
        String place = switch (artifact) {
            case Artifact.File file -> file.uri();
            case Artifact.Image image -> image.repository();
        };
        Checks.require(
                place != null && PLACE.matcher(place).matches(),
                Code.INVALID_MANIFEST,
                "the artifact" + of + " must say where it is, without blanks, at most 2,048 characters");
    }

    private static void value(String what, @Nullable String value) {
        if (value == null) {
            throw new Rejected(Code.INVALID_MANIFEST, what + " has no value");
        }
        Checks.require(
                value.length() <= MAX_VALUE,
                Code.INVALID_MANIFEST,
                what + " is longer than " + MAX_VALUE + " characters");
        String flaw = Text.flaw(value);
        Checks.require(flaw == null, Code.INVALID_MANIFEST, what + " " + flaw);
    }

    private static void revision(String what, @Nullable String revision) {
        Checks.require(
                revision == null || REVISION.matcher(revision).matches(),
                Code.INVALID_MANIFEST,
                what + " must be letters, digits and . _ / @ : -, at most 200 long");
    }

    private static boolean wholeSeconds(@Nullable Duration duration) {
        return duration != null
                && duration.toSeconds() >= 1
                && duration.compareTo(Checks.DAY) <= 0
                && duration.toNanosPart() == 0;
    }

    static void servesEntries(Manifest manifest, List<Entry> entries) {
        for (Entry entry : entries) {
            Checks.require(
                    manifest.services().stream().anyMatch(s -> s.name().equals(entry.service())),
                    Code.INVALID_MANIFEST,
                    "manifest " + manifest.version() + " lacks service " + entry.service() + ", which the entry "
                            + entry.pathPrefix() + " leads to");
        }
    }
}
