package io.tricolor.kit.openapi;

import io.swagger.v3.oas.models.Operation;
import io.swagger.v3.oas.models.media.Content;
import io.swagger.v3.oas.models.media.MediaType;
import io.swagger.v3.oas.models.media.Schema;
import io.swagger.v3.oas.models.media.StringSchema;
import io.swagger.v3.oas.models.parameters.HeaderParameter;
import io.swagger.v3.oas.models.responses.ApiResponse;
import io.tricolor.kit.command.CommandContext;
import java.util.Arrays;
import java.util.List;
import org.springdoc.core.customizers.GlobalOperationCustomizer;
import org.springframework.web.method.HandlerMethod;

/** What every operation has: a name that stays, the headers of commands, problems as the answer when it fails. */
final class Operations implements GlobalOperationCustomizer {

    @Override
    public Operation customize(Operation operation, HandlerMethod handler) {
        String area = area(handler.getBeanType());
        operation.setTags(List.of(area));
        operation.setOperationId(area + "." + handler.getMethod().getName());
        if (Arrays.asList(handler.getMethod().getParameterTypes()).contains(CommandContext.class)) {
            operation.addParametersItem(header(
                    "Idempotency-Key",
                    "Any text of at most 200 characters. A request that is sent again with the same key is carried out"
                            + " once and answered as the first time."));
            operation.addParametersItem(header(
                    "If-Match",
                    "The ETag of the version that the command is for; 412 when there is a newer one by now."));
        }
        operation
                .getResponses()
                .addApiResponse(
                        "default",
                        new ApiResponse()
                                .description("Refused or failed")
                                .content(new Content()
                                        .addMediaType(
                                                "application/problem+json",
                                                new MediaType()
                                                        .schema(new Schema<>().$ref(RecordNames.ref("Problem"))))));
        return operation;
    }

    private static HeaderParameter header(String name, String description) {
        HeaderParameter header = new HeaderParameter();
        header.name(name).description(description).required(false).schema(new StringSchema());
        return header;
    }

    private static String area(Class<?> controller) {
        String name = controller.getSimpleName().replaceFirst("Controller$", "");
        return Character.toLowerCase(name.charAt(0)) + name.substring(1);
    }
}
