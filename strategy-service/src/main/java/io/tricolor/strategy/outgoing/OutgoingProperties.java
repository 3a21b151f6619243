package io.tricolor.strategy.outgoing;

import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Calls that leave the suite.
 *
 * @param outgoingNetworks address blocks ({@code 10.1.0.0/16}) that targets may have although they are not public
 * @param webhookSecretFile file with what questions to webhooks are signed with; null: they are not
 * @param publicBase address of this service as others reach it, for answers that come later; null: there are none
 */
@ConfigurationProperties("tricolor.strategy")
public record OutgoingProperties(
        @DefaultValue List<String> outgoingNetworks,
        @Nullable Path webhookSecretFile,
        @Nullable URI publicBase) {

    /** Throws {@link IllegalArgumentException} for what makes no sense. */
    public OutgoingProperties {
        outgoingNetworks.forEach(Networks.Block::parse);
        if (publicBase != null && publicBase.getHost() == null) {
            throw new IllegalArgumentException("tricolor.strategy.public-base is an http or https address with a host");
        }
    }
}
