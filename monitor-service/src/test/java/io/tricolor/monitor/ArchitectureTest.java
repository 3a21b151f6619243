package io.tricolor.monitor;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.time.Clock;
import java.time.Instant;
import java.time.InstantSource;
import java.util.UUID;
import java.util.random.RandomGenerator;

@AnalyzeClasses(packages = "io.tricolor.monitor", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    @ArchTest
    static final ArchRule DOMAIN_KNOWS_ONLY_CONTRACTS_AND_ITSELF = classes()
            .that()
            .resideInAPackage("..domain..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                    "..monitor..domain..",
                    "io.tricolor.contracts..",
                    "io.tricolor.routing..",
                    "java.lang..",
                    "java.util..",
                    "java.time..",
                    "org.jspecify..",
                    "org.axonframework.modelling..",
                    "org.axonframework.commandhandling..",
                    "org.axonframework.eventsourcing..",
                    "org.axonframework.spring.stereotype..");

    @ArchTest
    static final ArchRule DOMAIN_HAS_NO_CLOCK_AND_NO_DICE = noClasses()
            .that()
            .resideInAPackage("..domain..")
            .should()
            .callMethod(Instant.class, "now")
            .orShould()
            .callMethod(UUID.class, "randomUUID")
            .orShould()
            .callMethod(System.class, "currentTimeMillis")
            .orShould()
            .callMethod(System.class, "nanoTime")
            .orShould()
            .dependOnClassesThat()
            .areAssignableTo(Clock.class)
            .orShould()
            .dependOnClassesThat()
            .areAssignableTo(InstantSource.class)
            .orShould()
            .dependOnClassesThat()
            .areAssignableTo(RandomGenerator.class);

    @ArchTest
    static final ArchRule PACKAGES_HAVE_NO_CYCLES =
            slices().matching("io.tricolor.monitor.(**)").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule OTHER_SERVICES_ARE_FOREIGN = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "io.tricolor.strategy..",
                    "io.tricolor.deploy..",
                    "io.tricolor.config..",
                    "io.tricolor.loggateway..",
                    "io.tricolor.gateway..");
}
