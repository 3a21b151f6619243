/** Port to the registry of instances, and Consul behind it. */
@NullMarked
package io.tricolor.deploy.registry;

import org.jspecify.annotations.NullMarked;
