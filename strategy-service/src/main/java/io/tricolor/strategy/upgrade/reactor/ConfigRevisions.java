package io.tricolor.strategy.upgrade.reactor;

import io.tricolor.contracts.group.Manifest;
import io.tricolor.strategy.group.domain.BoundConfig;
import io.tricolor.strategy.group.domain.Configured;
import java.util.Collection;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * Which revisions of configuration there are, as config-service has published them. Kept here, so that it may be away
 * when somebody goes back. Blocking.
 */
@Component
public class ConfigRevisions {

    private final JdbcClient jdbc;

    ConfigRevisions(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    void take(String namespace, long revision) {
        jdbc.sql("""
                        insert into config_revision (namespace, newest) values (:namespace, :newest)
                        on conflict (namespace) do update set newest = excluded.newest
                            where config_revision.newest < excluded.newest
                        """).param("namespace", namespace).param("newest", revision).update();
    }

    /** What is known of the namespaces that the manifests are bound to. */
    public Configured of(Collection<Manifest> manifests) {
        SortedSet<String> namespaces = new TreeSet<>();
        for (Manifest manifest : manifests) {
            manifest.services()
                    .forEach(service -> BoundConfig.of(service).ifPresent(bound -> namespaces.add(bound.namespace())));
        }
        if (namespaces.isEmpty()) {
            return Configured.NOTHING;
        }
        Map<String, Long> newest = new TreeMap<>();
        jdbc.sql("select namespace, newest from config_revision where namespace in (:namespaces)")
                .param("namespaces", namespaces)
                .query((row, number) -> newest.put(row.getString(1), row.getLong(2)))
                .list();
        return new Configured(newest);
    }
}
