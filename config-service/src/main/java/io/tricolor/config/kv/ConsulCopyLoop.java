package io.tricolor.config.kv;

import io.tricolor.kit.loop.Loop;
import io.tricolor.kit.loop.ProgressWatch;
import io.tricolor.kit.registry.ConsulProperties;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/** Repairs the copy in Consul after each publication and from time to time. Secrets are not copied. */
@Component
@ConditionalOnProperty("tricolor.config.consul-copy.enabled")
class ConsulCopyLoop implements SmartLifecycle {

    private static final Duration LONGEST_TURN = Duration.ofMinutes(2);

    private final KeyValues keys;
    private final ConsulCopy copy;
    private final Loop loop;

    ConsulCopyLoop(
            KeyValues keys,
            Watchers watchers,
            ConsulProperties consul,
            ConsulCopyProperties properties,
            ProgressWatch watch) {
        this.keys = keys;
        this.copy = new ConsulCopy(consul);
        this.loop = Loop.named("consul-copy", this::repair)
                .every(properties.interval())
                .mayTake(LONGEST_TURN)
                .auxiliary()
                .build(watch);
        watchers.whenChanged(loop::wake);
    }

    private void repair() throws IOException, InterruptedException {
        Map<String, String> desired = new LinkedHashMap<>();
        for (KeyValues.Entry entry : keys.find(KeyValues.ROOT, false).entries()) {
            if (!entry.secret()) {
                desired.put(entry.key(), entry.text());
            }
        }
        copy.repair(desired);
    }

    @Override
    public void start() {
        loop.start();
    }

    @Override
    public void stop() {
        loop.stop();
        copy.close();
    }

    @Override
    public boolean isRunning() {
        return loop.isRunning();
    }
}
