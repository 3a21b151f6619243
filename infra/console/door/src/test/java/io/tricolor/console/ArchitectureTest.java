package io.tricolor.console;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import io.tricolor.kit.testing.ServiceRules;

@AnalyzeClasses(packages = "io.tricolor.console", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    @ArchTest
    static final ArchRule packages_form_no_cycle = ServiceRules.packagesFormNoCycle("console");

    @ArchTest
    static final ArchRule services_do_not_know_each_other = ServiceRules.knowsNoOtherService("console");
}
