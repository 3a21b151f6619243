package io.tricolor.monitor.machine;

import io.swagger.v3.oas.annotations.Operation;
import io.tricolor.kit.requestlog.RequestSteps;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/** The machine over HTTP. */
@RestController
@RequestMapping("/api/machine")
class MachineController {

    private final Machine machine;

    MachineController(Machine machine) {
        this.machine = machine;
    }

    @GetMapping
    @Operation(summary = "Processors, memory and disks of this machine")
    Mono<MachineSnapshot> machine() {
        return RequestSteps.blocking("oshi", machine::snapshot);
    }
}
