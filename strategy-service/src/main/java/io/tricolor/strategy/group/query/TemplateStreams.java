package io.tricolor.strategy.group.query;

import io.tricolor.contracts.plan.PlanTemplateEvent;
import io.tricolor.contracts.plan.PlanTemplateSet;
import io.tricolor.kit.eventstore.StreamReader;
import io.tricolor.strategy.group.domain.Templates;
import org.springframework.stereotype.Component;

/** Plan templates of groups, from their streams: few events, which are read anew each time. Blocking. */
@Component
public class TemplateStreams {

    private final StreamReader reader;

    TemplateStreams(StreamReader reader) {
        this.reader = reader;
    }

    /** The templates of a group now. */
    public Templates of(String groupId) {
        Templates[] templates = {Templates.NONE};
        reader.forEach(
                Templates.streamOf(groupId),
                0,
                event -> templates[0] = templates[0].evolve((PlanTemplateEvent) event.payload()));
        return templates[0];
    }

    /** One version of a template, also of one that was removed or set anew; TEMPLATE_NOT_FOUND when there never was. */
    public PlanTemplateSet at(String groupId, String name, int version) {
        PlanTemplateSet[] found = {null};
        reader.forEachWhile(Templates.streamOf(groupId), 0, event -> {
            if (event.payload() instanceof PlanTemplateSet set && set.name().equals(name) && set.version() == version) {
                found[0] = set;
            }
            return found[0] == null;
        });
        if (found[0] == null) {
            throw Templates.notFound(groupId, name + " with version " + version);
        }
        return found[0];
    }
}
