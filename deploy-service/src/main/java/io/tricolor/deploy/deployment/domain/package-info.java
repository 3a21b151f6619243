/** What a cluster shall run and what was seen of it, as a stream; pure functions. */
@NullMarked
package io.tricolor.deploy.deployment.domain;

import org.jspecify.annotations.NullMarked;
