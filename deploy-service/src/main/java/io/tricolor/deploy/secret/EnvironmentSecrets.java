package io.tricolor.deploy.secret;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Variables of deploy-service's own environment: {@code db.main} is {@code TRICOLOR_SECRET_DB_MAIN}. */
final class EnvironmentSecrets implements SecretProvider {

    private static final String PREFIX = "TRICOLOR_SECRET_";

    private final Map<String, String> environment;

    EnvironmentSecrets(Map<String, String> environment) {
        this.environment = Map.copyOf(environment);
    }

    @Override
    public Optional<String> find(String name) {
        return Optional.ofNullable(environment.get(variable(name)));
    }

    static String variable(String name) {
        return PREFIX + name.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
    }
}
