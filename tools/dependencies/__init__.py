"""The libraries that midframe needs: tested in their oldest and newest versions, outdated pins, and licences."""
