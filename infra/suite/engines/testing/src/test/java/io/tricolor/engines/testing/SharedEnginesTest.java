package io.tricolor.engines.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tricolor.engines.PostgresEngine;
import java.sql.DriverManager;
import org.junit.jupiter.api.Test;

class SharedEnginesTest {

    @Test
    void gives_every_caller_a_database_of_its_own() throws Exception {
        String first = SharedEngines.freshDatabase("orders");
        String second = SharedEngines.freshDatabase("orders");
        assertThat(second).isNotEqualTo(first);
        try (var connection = DriverManager.getConnection(second, PostgresEngine.USER, PostgresEngine.USER);
                var tables = connection.getMetaData().getTables(null, "public", "%", null)) {
            assertThat(tables.next()).isFalse();
        }
    }

    @Test
    void refuses_a_kind_of_engine_that_there_is_not() {
        assertThatThrownBy(() -> SharedEngines.of("clouds"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("tricolor.test.engines")
                .hasMessageContaining("'clouds'");
    }
}
