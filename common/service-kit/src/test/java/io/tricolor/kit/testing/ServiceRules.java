package io.tricolor.kit.testing;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.lang.ArchRule;
import java.time.Clock;
import java.time.Instant;
import java.util.Random;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * Rules that the code of a service keeps; a service is named by the last word of its package. Needs ArchUnit on the
 * class path.
 */
public final class ServiceRules {

    private ServiceRules() {}

    private static String packages(String service) {
        return "io.tricolor." + service + "..";
    }

    /** Time, ids and all that is outside come to the domain in commands. */
    public static ArchRule theDomainKnowsNoClockNoChanceAndNoOutsideWorld(String service) {
        return noClasses()
                .that()
                .resideInAPackage(packages(service) + "domain..")
                .should()
                .callMethod(Instant.class, "now")
                .orShould()
                .callMethod(UUID.class, "randomUUID")
                .orShould()
                .dependOnClassesThat()
                .belongToAnyOf(Clock.class, Random.class)
                .orShould()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "java.io..",
                        "java.net..",
                        "java.nio..",
                        "java.sql..",
                        "java.util.concurrent..",
                        "org.springframework.jdbc..",
                        "org.springframework.web..",
                        "org.springframework.kafka..",
                        "io.tricolor.kit..",
                        "reactor..");
    }

    public static ArchRule packagesFormNoCycle(String service) {
        return slices().matching("io.tricolor." + service + ".(**)").should().beFreeOfCycles();
    }

    public static ArchRule knowsNoOtherService(String service) {
        return noClasses()
                .that()
                .resideInAPackage(packages(service))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(Stream.of("strategy", "deploy", "config", "monitor", "loggateway")
                        .filter(other -> !other.equals(service))
                        .map(ServiceRules::packages)
                        .toArray(String[]::new));
    }
}
