/** Port to the orchestrator, and Marathon behind it. */
@NullMarked
package io.tricolor.deploy.orchestrator;

import org.jspecify.annotations.NullMarked;
