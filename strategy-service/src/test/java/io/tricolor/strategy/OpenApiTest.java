package io.tricolor.strategy;

import io.tricolor.kit.testing.OpenApiDocument;
import org.junit.jupiter.api.Test;

class OpenApiTest {

    @Test
    void the_kept_document_is_what_the_controllers_say() throws Exception {
        OpenApiDocument.check("strategy-service", "io.tricolor.strategy", new StrategyConfiguration().accessRules());
    }
}
