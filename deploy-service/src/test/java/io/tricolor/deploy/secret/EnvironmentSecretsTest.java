package io.tricolor.deploy.secret;

import java.util.Map;
import java.util.TreeMap;

class EnvironmentSecretsTest extends SecretProviderContract {

    @Override
    SecretProvider with(Map<String, String> secrets) {
        Map<String, String> environment = new TreeMap<>(Map.of("PATH", "/bin", "DB_MAIN2", "no secret"));
        secrets.forEach((name, value) -> environment.put(EnvironmentSecrets.variable(name), value));
        return new EnvironmentSecrets(environment);
    }
}
