package io.tricolor.loggateway;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import io.tricolor.kit.testing.ServiceRules;

@AnalyzeClasses(packages = "io.tricolor", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    @ArchTest
    static final ArchRule packages_form_no_cycle = ServiceRules.packagesFormNoCycle("loggateway");

    @ArchTest
    static final ArchRule what_takes_lines_knows_nothing_of_where_they_are_kept = noClasses()
            .that()
            .resideInAnyPackage("io.tricolor.loggateway.intake..", "io.tricolor.loggateway.redaction..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("co.elastic..", "io.tricolor.loggateway.elastic..");

    @ArchTest
    static final ArchRule services_do_not_know_each_other = ServiceRules.knowsNoOtherService("loggateway");
}
