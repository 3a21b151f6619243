package io.tricolor.deploy;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.time.Clock;
import java.time.Instant;
import java.util.Random;
import java.util.UUID;

@AnalyzeClasses(packages = "io.tricolor", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    @ArchTest
    static final ArchRule the_domain_knows_no_clock_no_chance_and_no_outside_world = noClasses()
            .that()
            .resideInAPackage("io.tricolor.deploy..domain..")
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

    @ArchTest
    static final ArchRule packages_form_no_cycle =
            slices().matching("io.tricolor.deploy.(**)").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule services_do_not_know_each_other = noClasses()
            .that()
            .resideInAPackage("io.tricolor.deploy..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "io.tricolor.strategy..",
                    "io.tricolor.config..",
                    "io.tricolor.monitor..",
                    "io.tricolor.loggateway..");
}
