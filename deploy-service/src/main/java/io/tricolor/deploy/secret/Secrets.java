package io.tricolor.deploy.secret;

import io.tricolor.contracts.group.SecretRef;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.stereotype.Component;

/** Resolves what manifests refer to: the first provider that has a secret of the name. */
@Component
public class Secrets {

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");

    private final List<SecretProvider> providers;

    @Autowired
    Secrets(SecretProperties properties) {
        this(providers(properties));
    }

    /** Asks the providers in order. */
    public Secrets(List<SecretProvider> providers) {
        this.providers = List.copyOf(providers);
    }

    private static List<SecretProvider> providers(SecretProperties properties) {
        List<SecretProvider> providers = new ArrayList<>();
        if (properties.directory() != null) {
            providers.add(new FileSecrets(properties.directory()));
        }
        providers.add(new EnvironmentSecrets(System.getenv()));
        return providers;
    }

    /** A secret that a manifest refers to is nowhere. */
    public static final class Missing extends Exception {

        private static final long serialVersionUID = 1L;

        Missing(String name, String variable) {
            super("there is no secret " + name + ", which the variable " + variable + " needs");
        }
    }

    /**
     * Values of all variables.
     *
     * @throws Missing when one is nowhere, however often it is asked for
     * @throws IOException when a provider does not answer; to be tried again
     */
    public SecretValues resolve(Map<String, SecretRef> references) throws Missing, IOException {
        Map<String, String> values = new TreeMap<>();
        for (Map.Entry<String, SecretRef> reference : references.entrySet()) {
            String name = reference.getValue().secretRef();
            values.put(
                    reference.getKey(),
                    find(name == null ? "" : name).orElseThrow(() -> new Missing(name, reference.getKey())));
        }
        return values.isEmpty() ? SecretValues.NONE : new SecretValues(values);
    }

    private Optional<String> find(String name) throws IOException {
        if (!NAME.matcher(name).matches()) {
            return Optional.empty();
        }
        for (SecretProvider provider : providers) {
            Optional<String> value = provider.find(name);
            if (value.isPresent()) {
                return value;
            }
        }
        return Optional.empty();
    }
}
