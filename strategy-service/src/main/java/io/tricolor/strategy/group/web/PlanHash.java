package io.tricolor.strategy.group.web;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.kit.message.CanonicalJson;
import io.tricolor.strategy.group.domain.GroupState;
import io.tricolor.strategy.group.domain.UpgradePlan;
import java.util.LinkedHashMap;
import java.util.Map;

/** Names a plan by what a person says yes to: the release, its number of instances, the stages with their gates. */
final class PlanHash {

    private PlanHash() {}

    /** Lower-case hex of a SHA-256. Neither the id of the upgrade nor how far it is has a part in it. */
    static String of(UpgradePlan plan) {
        Map<String, Object> said = new LinkedHashMap<>();
        said.put("mode", plan.mode());
        said.put("to", plan.to().cluster());
        said.put("manifest", plan.to().manifest());
        said.put("instances", plan.to().instances());
        said.put("stages", plan.stages());
        said.put("policy", plan.policy());
        return CanonicalJson.sha256(said);
    }

    /** Refuses who has read another plan than that of the upgrade that runs. */
    static void require(String asked, GroupState state) {
        if (state.upgrade() == null) {
            return;
        }
        String there = of(state.upgrade().plan());
        if (!there.equals(asked)) {
            throw new Rejected(
                    Code.PLAN_CHANGED,
                    "the plan of upgrade " + state.upgrade().upgradeId() + " is " + there + " now; read it again");
        }
    }
}
