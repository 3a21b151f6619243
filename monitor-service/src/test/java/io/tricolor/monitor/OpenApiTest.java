package io.tricolor.monitor;

import io.tricolor.kit.testing.OpenApiDocument;
import org.junit.jupiter.api.Test;

class OpenApiTest {

    @Test
    void the_kept_document_is_what_the_controllers_say() throws Exception {
        OpenApiDocument.check("monitor-service", "io.tricolor.monitor", new MonitorConfiguration().accessRules());
    }
}
